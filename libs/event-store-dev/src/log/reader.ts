import type { DatabaseSync } from 'node:sqlite';
import type { Page } from '@countersign/event-store';
import { prepareLast } from './put.js';
import { recorded, type RecordedEvent, type RecordedRow } from './recorded.js';
import { deleted, rulesReader, type StreamRules } from './stream-rules.js';

/** What a reader may see of a stream. */
export interface StreamState {
  readonly kind: 'found' | 'not-found' | 'tombstoned';
  /** The first and last revision that are read; -1 when there is none. */
  readonly first: number;
  readonly last: number;
  /** Events written before this instant have aged out. */
  readonly notBeforeMs: number;
}

const columns = `
  e.seq, s.name as stream, e.revision, e.id, e.type, b.created, b.json, b.data, b.metadata
  from events e join streams s on s.id = e.stream join bodies b on b.seq = e.seq`;
const ofStream = `${columns} where e.stream = (select id from streams where name = ?)`;

/** Bytes of one page, unless a single event is larger. */
const pageBytesMax = 4 * 1_024 * 1_024;

const gather = (rows: Iterable<unknown>): RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  let bytes = 0;
  for (const row of rows) {
    const event = recorded(row as RecordedRow);
    events.push(event);
    bytes += event.data.length + event.metadata.length;
    if (bytes >= pageBytesMax) break;
  }
  return events;
};

export type Direction = 'forwards' | 'backwards';

/** Reads pages of one stream and of all; a page may be shorter than asked, an empty one is the end. */
export const logReader = (db: DatabaseSync) => {
  const rulesOf = rulesReader(db);
  const last = prepareLast(db);
  const first = db.prepare(`
    select min(revision) as first from events
    where stream = (select id from streams where name = ?)`);
  const forwards = db.prepare(`
    select ${ofStream} and e.revision >= ? order by e.revision limit ?`);
  const backwards = db.prepare(`
    select ${ofStream} and e.revision <= ? order by e.revision desc limit ?`);
  const one = db.prepare(`select ${ofStream} and e.revision = ?`);
  const head = db.prepare('select max(seq) as seq from events');
  const allForwards = db.prepare(`
    select ${columns} where e.seq > ? and e.seq <= ? order by e.seq limit ?`);
  const allBackwards = db.prepare(`select ${columns} where e.seq < ? order by e.seq desc limit ?`);
  const headSeq = () => (head.get() as { seq: number }).seq;

  return {
    head: headSeq,
    state: (stream: string, nowMs: number): StreamState => {
      const rules = rulesOf(stream);
      const end = last(stream);
      const kind = rules.tombstoned ? 'tombstoned' : found(rules, end) ? 'found' : 'not-found';
      const stored = (first.get(stream) as { first: number | null }).first ?? -1;
      return { kind, ...visible(rules, stored, end, nowMs) };
    },
    event: (stream: string, revision: number): RecordedEvent | undefined => {
      const row = one.get(stream, revision) as RecordedRow | undefined;
      return row && recorded(row);
    },
    /** From this revision on, inclusive. */
    stream: (stream: string, direction: Direction, from: number, limit: number): RecordedEvent[] =>
      gather((direction === 'forwards' ? forwards : backwards).iterate(stream, from, limit)),
    /** After this sequence number. */
    all: (after: number, limit: number): Page<RecordedEvent> => {
      // Read first: a page may then claim only what was committed before it began.
      const end = headSeq();
      const events = gather(allForwards.iterate(after, end, limit));
      const seq = events.at(-1)?.seq ?? Math.max(after, end);
      return { events, seq, end: seq >= end };
    },
    /** Before this sequence number, backwards. */
    allBefore: (before: number, limit: number): RecordedEvent[] =>
      gather(allBackwards.iterate(before, limit)),
  };
};

export type LogReader = ReturnType<typeof logReader>;

const found = (rules: StreamRules, last: number): boolean =>
  last >= 0 && rules.truncateBefore !== deleted;

const visible = (rules: StreamRules, stored: number, last: number, nowMs: number) => ({
  first: Math.max(
    stored,
    rules.truncateBefore,
    rules.maxCount === undefined ? 0 : last - rules.maxCount + 1,
  ),
  last,
  notBeforeMs: rules.maxAgeSeconds === undefined ? 0 : nowMs - rules.maxAgeSeconds * 1_000,
});
