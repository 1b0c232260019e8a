import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterAll } from '@jest/globals';
import { openFile } from '@countersign/group-commit';
import { silentLog } from '@countersign/telemetry';
import { numbered, range } from '../src/conformance/harness.js';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import type { EventStore, StoredEvent } from '../src/port.js';
import type { View, ViewOptions } from '../src/view-file.js';

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** Opens stores in `folder`, closed after the suite. */
export const openStore = (folder: string, name: string): EventStore => {
  const path = join(folder, `${name}.db`);
  const file = openFile({ path, modules: [eventStoreWriter], synchronous: 'OFF' });
  const store = embeddedStore(file);
  closing.push(
    () => file.close(),
    () => store.close(),
  );
  return store;
};

/** Counts and sums per stream: an event that is skipped or taken twice shows. */
export const sums: Pick<ViewOptions, 'schema' | 'version' | 'prefixes' | 'project'> = {
  schema: 'create table sums (stream text primary key, events integer, total integer)',
  version: 1,
  prefixes: ['case-'],
  project: (db: DatabaseSync) => {
    const add = db.prepare(`
      insert into sums values (?, 1, ?)
      on conflict (stream) do update set events = events + 1, total = total + excluded.total`);
    return (events: readonly StoredEvent[]) => {
      for (const { stream, data } of events) add.run(stream, (data as { n: number }).n);
    };
  },
};
export const rowsOf = ({ reader }: Pick<View, 'reader'>) =>
  reader
    .prepare('select * from sums order by stream')
    .all()
    .map((row) => ({ ...row }));
/** Takes down why views were rebuilt. */
export const rebuilds = () => {
  const causes: string[] = [];
  const info = (_: string, fields?: { cause?: unknown }) => void causes.push(String(fields?.cause));
  return { causes, log: { ...silentLog, info } };
};

/** Cases of several sizes, written at the same time. */
export const writeCases = (store: EventStore, from: number, until: number) =>
  Promise.all(
    range(from, until).map(async (n) => {
      for (const revision of range(0, 1 + (n % 7))) {
        const expected = revision === 0 ? 'no-stream' : revision - 1;
        await store.append(`case-${n}`, expected, [numbered(revision + n)]);
      }
    }),
  );
export const expectedRows = (until: number) =>
  range(0, until)
    .map((n) => ({
      stream: `case-${n}`,
      events: 1 + (n % 7),
      total: range(0, 1 + (n % 7)).reduce((sum, revision) => sum + revision + n, 0),
    }))
    .sort((a, b) => (a.stream < b.stream ? -1 : 1));
