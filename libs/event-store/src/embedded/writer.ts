import type { DatabaseSync } from 'node:sqlite';
import type { WriterModule } from '@countersign/group-commit';
import type { EventRow } from './rows.js';
import { schema } from './schema.js';
import { kindOf } from './stream-name.js';

export interface AppendArgs {
  readonly stream: string;
  /** -1: the stream must not exist. */
  readonly expected: number;
  readonly events: readonly EventRow[];
}

export interface AppendAnswer {
  readonly outcome: 'written' | 'repeated' | 'conflict';
  /** Of the last event of the append; of the stream (-1: none) when it conflicts. */
  readonly revision: number;
  /** Sequence number of the last event of the append; 0 when it conflicts. */
  readonly seq: number;
}

export interface LimitArgs {
  readonly stream: string;
  readonly maxCount: number;
}

/** What every append is about, whatever its stream. */
export const everyKind = 'every kind of stream';

/** The tables of the event store and the writes on them: one part of a group-commit file. */
export const eventStoreWriter: WriterModule = {
  source: { url: import.meta.url, name: 'eventStoreWriter' },
  told: { 'events.append': ({ stream }: AppendArgs) => [kindOf(stream) ?? stream, everyKind] },
  schema,
  prepare: (db) => {
    const streams = prepareStreams(db);
    const events = prepareEvents(db);
    return {
      'events.append': (
        { stream, expected, events: rows }: AppendArgs,
        writeEnclosed: () => void = () => undefined,
      ): AppendAnswer => {
        const known = streams.find(stream);
        const last = known?.last ?? -1;
        if (expected < last) return events.repeated(known!.id, expected, rows, last);
        if (expected > last) return { outcome: 'conflict', revision: last, seq: 0 };
        const id = known?.id ?? streams.add(stream);
        const written = events.write(id, kindOf(stream) ?? stream, expected, rows);
        if (known?.max_count) events.keepNewest(id, known.max_count, written.revision);
        writeEnclosed();
        return written;
      },
      'events.limit': ({ stream, maxCount }: LimitArgs): void => {
        streams.limit(stream, maxCount);
        const { id, last } = streams.find(stream)!;
        events.keepNewest(id, maxCount, last ?? -1);
      },
    };
  },
};

interface StreamRow {
  id: number;
  last: number | null;
  max_count: number | null;
}

const prepareStreams = (db: DatabaseSync) => {
  const find = db.prepare(`
    select id, max_count, (select max(revision) from events where stream = streams.id) as last
    from streams where name = ?`);
  const add = db.prepare('insert into streams (name) values (?)');
  const limit = db.prepare(`
    insert into streams (name, max_count) values (?, ?)
    on conflict (name) do update set max_count = excluded.max_count`);
  return {
    find: (name: string) => find.get(name) as StreamRow | undefined,
    add: (name: string) => Number(add.run(name).lastInsertRowid),
    limit: (name: string, maxCount: number) => limit.run(name, maxCount),
  };
};

const prepareEvents = (db: DatabaseSync) => {
  const insert = db.prepare(`
    insert into events (stream, revision, kind, id, type, data, metadata)
    values (?, ?, ?, ?, ?, ?, ?)`);
  const at = db.prepare('select seq, id from events where stream = ? and revision = ?');
  const trim = db.prepare('delete from events where stream = ? and revision <= ?');
  return {
    write: (
      stream: number,
      kind: string,
      expected: number,
      rows: readonly EventRow[],
    ): AppendAnswer => {
      let revision = expected;
      let seq = 0;
      for (const { id, type, data, metadata } of rows) {
        revision += 1;
        const { lastInsertRowid } = insert.run(stream, revision, kind, id, type, data, metadata);
        seq = Number(lastInsertRowid);
      }
      return { outcome: 'written', revision, seq };
    },
    /** The same ids where they would have been written: that append has been done before. */
    repeated: (
      stream: number,
      expected: number,
      rows: readonly EventRow[],
      last: number,
    ): AppendAnswer => {
      let revision = expected;
      let seq = 0;
      for (const { id } of rows) {
        revision += 1;
        const found = at.get(stream, revision) as { seq: number; id: string } | undefined;
        if (found?.id !== id) return { outcome: 'conflict', revision: last, seq: 0 };
        seq = found.seq;
      }
      return { outcome: 'repeated', revision, seq };
    },
    keepNewest: (stream: number, maxCount: number, last: number) =>
      trim.run(stream, last - maxCount),
  };
};
