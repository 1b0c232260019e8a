import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable, type ReadOptions, type StoredEvent } from '../port.js';
import { fromRow, type PlacedRow } from './rows.js';

/** What the port promises to a caller who does not say. */
const limitDefault = 1_000;

export type LimitedRead = ReadOptions & { readonly limit: number };

/** With its limit. @throws RangeError for what is no revision or no number of events */
export const readOptions = (options: ReadOptions): LimitedRead => {
  const { from, limit = limitDefault } = options;
  if (from !== undefined && !Number.isSafeInteger(from)) {
    throw new RangeError(`cannot read from revision ${from}`);
  }
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`cannot read ${limit} events`);
  }
  return { ...options, limit };
};

/** Reads one stream. @throws StoreUnavailable the file cannot be read */
export const streamReader = (db: DatabaseSync) => {
  const columns = 'seq, revision, id, type, data, metadata';
  const ofStream = 'stream = ?';
  const named = db.prepare('select id from streams where name = ?');
  const forwards = db.prepare(
    `select ${columns} from events where ${ofStream} and revision >= ? order by revision limit ?`,
  );
  const backwards = db.prepare(
    `select ${columns} from events
     where ${ofStream} and revision <= ? order by revision desc limit ?`,
  );
  return (stream: string, options: LimitedRead): readonly StoredEvent[] => {
    const back = options.direction === 'backwards';
    const from = options.from ?? (back ? Number.MAX_SAFE_INTEGER : 0);
    const { limit } = options;
    let rows: PlacedRow[];
    try {
      // Most reads are of a stream that begins now: they end here.
      const found = named.get(stream) as { id: number } | undefined;
      if (!found) return [];
      rows = (back ? backwards : forwards).all(found.id, from, limit) as unknown as PlacedRow[];
    } catch (error) {
      throw new StoreUnavailable(`${stream} cannot be read`, { cause: error });
    }
    const events: StoredEvent[] = [];
    for (const row of rows) events.push(fromRow(stream, row));
    return events;
  };
};
