import type { ReceivedRecord } from '../port.js';

export interface FeedOptions {
  /** Reads records after an offset, oldest first. */
  readonly read: (after: number, limit: number) => readonly ReceivedRecord[];
  /** What may wait in memory; beyond it a slow consumer reads from the file again. */
  readonly queueMax: number;
  readonly queueMaxBytes: number;
  readonly batchMax: number;
}

/** The records of one partition after some offset: from memory as they come, else from the file. */
export interface Feed {
  /** A record has become durable. Told in order of offset. */
  arrive(record: ReceivedRecord): void;
  /** The next records in order; empty when there are none yet. */
  take(): readonly ReceivedRecord[];
  /** More may stand in the file than has been taken or waits in memory. */
  readonly behind: boolean;
  /** Starts again after `offset`. */
  rewind(offset: number): void;
}

const nothing: readonly ReceivedRecord[] = [];

export const feedOf = (options: FeedOptions, after: number): Feed => {
  const { read, queueMax, queueMaxBytes, batchMax } = options;
  let queue: ReceivedRecord[] = [];
  let queuedBytes = 0;
  let reached = after;
  let behind = true;

  const takeQueued = () => {
    const taken = queue.length > batchMax ? queue.splice(0, batchMax) : queue;
    if (taken === queue) queue = [];
    for (const { value } of taken) queuedBytes -= value.length;
    return taken;
  };
  const takeStored = () => {
    const records = read(reached, batchMax);
    behind = records.length === batchMax;
    reached = records.at(-1)?.offset ?? reached;
    return records;
  };
  return {
    arrive: (record) => {
      if (record.offset <= reached) return;
      // Only the very next record may follow in memory: a gap may hide one that was not told.
      const next = record.offset === reached + 1;
      const room = queue.length < queueMax && queuedBytes < queueMaxBytes;
      if (behind || !next || !room) {
        behind = true;
        return;
      }
      queue.push(record);
      queuedBytes += record.value.length;
      reached = record.offset;
    },
    take: () => {
      if (queue.length > 0) return takeQueued();
      return behind ? takeStored() : nothing;
    },
    get behind() {
      return behind;
    },
    rewind: (offset) => {
      queue = [];
      queuedBytes = 0;
      reached = offset;
      behind = true;
    },
  };
};
