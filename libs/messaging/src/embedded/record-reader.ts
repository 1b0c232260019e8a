import type { DatabaseSync } from 'node:sqlite';
import type { ReceivedRecord } from '../port.js';
import { topicSpan, type RecordRow } from './bus-writer.js';
import { onlyPartition } from './delivery.js';

interface Row {
  id: number;
  key: string;
  value: string | Uint8Array;
  headers: string;
}

/** Reads topics on a connection of its own, beside the writer. */
export interface RecordReader {
  /** At most `limit` records after an offset, oldest first. */
  after(topic: string, offset: number, limit: number): readonly ReceivedRecord[];
  /** From the oldest record to the present end. */
  browse(topic: string, key?: string): AsyncGenerator<ReceivedRecord, void>;
}

/** Records read at once while browsing: some milliseconds, then others get a turn. */
const browsedAtOnce = 256;

export const recordReader = (db: DatabaseSync): RecordReader => {
  const topicId = db.prepare('select id from bus_topics where name = ?');
  const next = db.prepare(
    'select id, key, value, headers from bus_records where id > ? and id < ? order by id limit ?',
  );
  const newest = db.prepare('select max(id) as id from bus_records where id > ? and id < ?');
  const bases = new Map<string, number>();

  const baseOf = (topic: string): number | undefined => {
    const known = bases.get(topic);
    if (known !== undefined) return known;
    const row = topicId.get(topic) as { id: number } | undefined;
    if (row) bases.set(topic, row.id * topicSpan);
    return bases.get(topic);
  };
  const read = (topic: string, from: number, end: number, limit: number) =>
    (next.all(from, end, limit) as unknown as Row[]).map((row) =>
      receivedFrom({ topic, ...row }, row.id % topicSpan),
    );

  return {
    after: (topic, offset, limit) => {
      const base = baseOf(topic);
      return base === undefined ? [] : read(topic, base + offset, base + topicSpan, limit);
    },
    browse: async function* (topic, key) {
      const base = baseOf(topic);
      if (base === undefined) return;
      const last = (newest.get(base, base + topicSpan) as { id: number | null }).id ?? base;
      for (let from = base; from < last;) {
        const records = read(topic, from, last + 1, browsedAtOnce);
        from = base + (records.at(-1)?.offset ?? topicSpan);
        for (const record of records) if (key === undefined || record.key === key) yield record;
        await new Promise(setImmediate);
      }
    },
  };
};

/** A record as its row says it. */
export const receivedFrom = (row: RecordRow, offset: number): ReceivedRecord => ({
  topic: row.topic,
  partition: onlyPartition,
  offset,
  key: row.key,
  value: row.value,
  headers: JSON.parse(row.headers) as Record<string, string>,
});
