import type { ReceivedRecord } from '../port.js';
import { bytesOf } from '../record-bytes.js';

/** What the client is asked for one partition. */
export interface Tap {
  /** Fetches nothing more of it until opened again. */
  shut(): void;
  open(): void;
  /** Fetches next from this offset. */
  from(offset: number): void;
}

/** What may wait here while the member is busy: half a second of full load, a few megabytes. */
const heldMax = 2_000;
const heldMaxBytes = 4 * 1024 * 1024;
const batchMax = 256;
/** Records that were fetched and not taken; the partition is not fetched while they are many. */
export const heldRecords = (tap: Tap) => {
  let records: ReceivedRecord[] = [];
  let bytes = 0;
  let shut = false;
  const isFull = (part: number) => records.length > heldMax * part || bytes > heldMaxBytes * part;
  return {
    add: (more: readonly ReceivedRecord[]) => {
      records = records.concat(more);
      for (const record of more) bytes += bytesOf(record);
      if (shut || !isFull(1)) return;
      shut = true;
      tap.shut();
    },
    take: (): readonly ReceivedRecord[] => {
      const taken = records.splice(0, batchMax);
      for (const record of taken) bytes -= bytesOf(record);
      if (shut && !isFull(0.5)) {
        shut = false;
        tap.open();
      }
      return taken;
    },
    empty: () => {
      records = [];
      bytes = 0;
      shut = false;
    },
  };
};
