import type { DatabaseSync } from 'node:sqlite';
import type { StoredEvent } from '../port.js';
import { eventsOfPrefixes } from './prefixes.js';
import { fromRow, type PlacedRow } from './rows.js';

/** Some of a subscription's events, and the sequence number up to which that is all of them. */
export interface Page<Event = StoredEvent> {
  readonly events: readonly Event[];
  readonly seq: number;
  /** Nothing more was stored when the page was read. */
  readonly end: boolean;
}

/** Sequence numbers looked through for one page: a few milliseconds when few of them match. */
const windowMax = 20_000;
/** JSON text of one page, unless a single event is larger. */
const pageBytesMax = 4 * 1_024 * 1_024;

export const headOf = (db: DatabaseSync): (() => number) => {
  const head = db.prepare('select max(seq) as seq from events');
  return () => (head.get() as { seq: number }).seq;
};

/** Reads what is stored for these prefixes, page by page. */
export const historyOf = (db: DatabaseSync, prefixes: readonly string[]) => {
  const { sql, values } = eventsOfPrefixes(prefixes);
  const select = db.prepare(sql);
  const head = headOf(db);
  return (after: number, limit: number): Page => {
    // Read first: a page may then claim only what was committed before it began.
    const last = head();
    const to = Math.min(last, after + windowMax);
    const events: StoredEvent[] = [];
    let bytes = 0;
    let seq = after;
    if (to > after) {
      for (const found of select.iterate({ ...values, after, to, limit })) {
        const row = found as unknown as PlacedRow & { readonly stream: string };
        events.push(fromRow(row.stream, row));
        seq = row.seq;
        bytes += row.data.length + row.metadata.length;
        if (bytes >= pageBytesMax) break;
      }
    }
    const cut = events.length >= limit || bytes >= pageBytesMax;
    return { events, seq: cut ? seq : Math.max(to, after), end: !cut && to >= last };
  };
};
