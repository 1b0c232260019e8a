import type { ReceivedRecord } from './port.js';
import { bytesOf } from './record-bytes.js';
import { workOf, type Work } from './take-record.js';
import type { Place } from './watermark.js';

/** A record that waits for its turn in its key's lane. */
export type Queued = Work & { readonly place: Place; readonly bytes: number };

/** The records of one key, the first of which may be taken. */
export interface KeyLane {
  readonly key: string;
  readonly queue: Queued[];
}

/** Which keys have something to do; each key is with at most one taker. */
export interface KeyLanes {
  add(record: ReceivedRecord, place: Place): void;
  /** A lane whose first record may be taken now; it comes again after `done` or `again`. */
  next(): KeyLane | undefined;
  /** Its first record is done: other keys go first. */
  done(lane: KeyLane): Queued;
  /** Its first record is to be taken again, before all others. */
  again(lane: KeyLane): void;
  /** Of all records that are not done. */
  readonly bytes: number;
}

export const keyLanes = (): KeyLanes => {
  const lanes = new Map<string, KeyLane>();
  const ready: KeyLane[] = [];
  let bytes = 0;
  return {
    add: (record, place) => {
      const work = { ...workOf(record), place, bytes: bytesOf(record) };
      bytes += work.bytes;
      const lane = lanes.get(work.key);
      if (lane) return void lane.queue.push(work);
      const opened = { key: work.key, queue: [work] };
      lanes.set(work.key, opened);
      return void ready.push(opened);
    },
    next: () => ready.shift(),
    done: (lane) => {
      const work = lane.queue.shift()!;
      bytes -= work.bytes;
      if (lane.queue.length === 0) lanes.delete(lane.key);
      else ready.push(lane);
      return work;
    },
    again: (lane) => void ready.unshift(lane),
    get bytes() {
      return bytes;
    },
  };
};
