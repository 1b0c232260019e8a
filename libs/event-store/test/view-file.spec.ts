import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openFile } from '@countersign/group-commit';
import { silentLog } from '@countersign/telemetry';
import { numbered, numberedUpTo, range } from '../src/conformance/harness.js';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import type { EventStore, StoredEvent } from '../src/port.js';
import { openView, type View, type ViewOptions } from '../src/view-file.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const openStore = (name: string): EventStore => {
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
const sums: Pick<ViewOptions, 'schema' | 'version' | 'prefixes' | 'project'> = {
  schema: 'create table sums (stream text primary key, events integer, total integer)',
  version: 1,
  prefixes: ['case-'],
  project: (db: DatabaseSync) => {
    const add = db.prepare(`
      insert into sums values (?, 1, ?)
      on conflict (stream) do update set events = events + 1, total = total + excluded.total`);
    return ({ stream, data }: StoredEvent) => void add.run(stream, (data as { n: number }).n);
  },
};
const rowsOf = ({ reader }: Pick<View, 'reader'>) =>
  reader
    .prepare('select * from sums order by stream')
    .all()
    .map((row) => ({ ...row }));
const rebuilds = () => {
  const causes: string[] = [];
  const info = (_: string, fields?: { cause?: unknown }) => void causes.push(String(fields?.cause));
  return { causes, log: { ...silentLog, info } };
};

/** Cases of several sizes, written at the same time. */
const writeCases = (store: EventStore, from: number, until: number) =>
  Promise.all(
    range(from, until).map(async (n) => {
      for (const revision of range(0, 1 + (n % 7))) {
        const expected = revision === 0 ? 'no-stream' : revision - 1;
        await store.append(`case-${n}`, expected, [numbered(revision + n)]);
      }
    }),
  );
const expectedRows = (until: number) =>
  range(0, until)
    .map((n) => ({
      stream: `case-${n}`,
      events: 1 + (n % 7),
      total: range(0, 1 + (n % 7)).reduce((sum, revision) => sum + revision + n, 0),
    }))
    .sort((a, b) => (a.stream < b.stream ? -1 : 1));

describe('a view', () => {
  it('I9: is the same whether it followed live, was rebuilt, or went on where it was', async () => {
    const store = openStore('live');
    const path = join(folder, 'live-view.db');
    let view = await openView({ ...sums, store, path });
    await writeCases(store, 0, 50);
    const { position } = await store.append('other-1', 'no-stream', [numbered(0)]);
    expect(await view.waitFor(position)).toBe(true);
    expect(rowsOf(view)).toEqual(expectedRows(50));
    await view.close();

    await writeCases(store, 50, 70);
    const { causes, log } = rebuilds();
    view = await openView({ ...sums, store, path, log });
    await view.caughtUp;
    expect(rowsOf(view)).toEqual(expectedRows(70));
    const live = rowsOf(view);
    await view.close();
    expect(causes).toEqual([]);

    rmSync(path);
    view = await openView({ ...sums, store, path });
    await view.caughtUp;
    expect(rowsOf(view)).toEqual(live);
    await view.close();
  });

  it('skips and doubles nothing, wherever between two batches it is killed', async () => {
    const store = openStore('killed');
    const path = join(folder, 'killed-view.db');
    const view = await openView({ ...sums, store, path });
    const copies: string[] = [];
    view.onBatch(() => {
      // What lies in the files now is all that a killed process leaves behind.
      const copy = join(folder, `killed-${copies.length}.db`);
      for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
      copies.push(copy);
    });
    await writeCases(store, 0, 30);
    await view.waitFor((await store.append('case-last', 'no-stream', [numbered(0)])).position);
    const live = rowsOf(view);
    await view.close();
    expect(copies.length).toBeGreaterThan(3);
    for (const copy of copies) {
      const { causes, log } = rebuilds();
      const again = await openView({ ...sums, store, path: copy, log });
      await again.caughtUp;
      expect(rowsOf(again)).toEqual(live);
      expect(causes).toEqual([]);
      await again.close();
    }
  });

  it('takes a batch whole or not at all: a projection that fails half-way doubles nothing', async () => {
    const store = openStore('failing');
    await store.append('case-1', 'no-stream', numberedUpTo(5));
    let failures = 3;
    const project: ViewOptions['project'] = (db) => {
      const take = sums.project(db);
      return (event) => {
        take(event);
        if (event.revision === 3 && (failures -= 1) >= 0) throw new Error('not yet');
      };
    };
    const view = await openView({ ...sums, project, store, path: join(folder, 'failing-view.db') });
    while (view.state !== 'lost') await new Promise(setImmediate);
    expect(rowsOf(view)).toEqual([]);
    await view.caughtUp;
    expect(rowsOf(view)).toEqual([{ stream: 'case-1', events: 5, total: 10 }]);
    expect(view.state).toBe('live');
    await view.close();
  });

  it('tells its listeners after the commit, whatever one of them does', async () => {
    const store = openStore('listeners');
    const view = await openView({ ...sums, store, path: join(folder, 'listeners-view.db') });
    const told: { revisions: number[]; rows: number }[] = [];
    view.onBatch(() => {
      throw new Error('a listener of its own');
    });
    const stop = view.onBatch((events) => {
      told.push({ revisions: events.map(({ revision }) => revision), rows: rowsOf(view).length });
    });
    await view.waitFor((await store.append('case-1', 'no-stream', numberedUpTo(2))).position);
    stop();
    await view.waitFor((await store.append('case-2', 'no-stream', [numbered(0)])).position);
    expect(told).toEqual([{ revisions: [0, 1], rows: 1 }]);
    await view.close();
  });
});

describe('a view that cannot be used is rebuilt', () => {
  const store = openStore('rebuilt');
  const path = join(folder, 'rebuilt-view.db');
  const reopened = async (more: Partial<ViewOptions> = {}) => {
    const { causes, log } = rebuilds();
    const view = await openView({ ...sums, store, path, log, ...more });
    await view.caughtUp;
    const rows = rowsOf(view);
    await view.close();
    return { causes, rows };
  };
  const rows = expectedRows(20);

  it('when its version, tables or prefixes have changed', async () => {
    await writeCases(store, 0, 20);
    expect(await reopened()).toEqual({ causes: [], rows });
    expect(await reopened()).toEqual({ causes: [], rows });
    const causes = [expect.stringContaining('another version')];
    expect(await reopened({ version: 2 })).toEqual({ causes, rows });
    const schema = `${sums.schema}; create table more (x integer)`;
    expect(await reopened({ schema })).toEqual({ causes, rows });
    expect(await reopened({ schema })).toEqual({ causes: [], rows });
    const narrow = await reopened({ schema, prefixes: ['case-1'] });
    expect(narrow.rows).toEqual(rows.filter(({ stream }) => stream.startsWith('case-1')));
    expect((await reopened()).rows).toEqual(rows);
  });

  it('when it is not a database, or is cut short', async () => {
    writeFileSync(path, 'Dear customer, '.repeat(1_000));
    const { causes, rows: found } = await reopened();
    expect(causes).toEqual([expect.stringContaining('not a database')]);
    expect(found).toEqual(rows);
  });

  it('when a page was torn while it was open', async () => {
    const copy = join(folder, 'torn-view.db');
    const project: ViewOptions['project'] = (db) => {
      db.exec('pragma wal_autocheckpoint = 1');
      return sums.project(db);
    };
    const view = await openView({ ...sums, project, store, path });
    await view.caughtUp;
    await view.waitFor((await store.append('case-torn', 'no-stream', [numbered(0)])).position);
    copyFileSync(path, copy);
    await view.close();
    const file = openSync(copy, 'r+');
    writeSync(file, Buffer.alloc(4_096, 0x5a), 0, 4_096, 3 * 4_096);
    closeSync(file);
    const { causes, rows: found } = await reopened({ path: copy });
    expect(causes).toHaveLength(1);
    expect(found.length).toBe(rows.length + 1);
  });

  it('when the store is another one', async () => {
    const other = openStore('other');
    await writeCases(other, 0, 25);
    const { causes, rows: found } = await reopened({ store: other });
    expect(causes).toEqual(['it follows another store']);
    expect(found).toEqual(expectedRows(25));
  });
});

describe('waiting for a position', () => {
  it('ends when the rows are so far, also for what was written to other streams', async () => {
    const store = openStore('waiting');
    const view = await openView({ ...sums, store, path: join(folder, 'waiting-view.db') });
    await view.caughtUp;
    const own = await store.append('case-1', 'no-stream', [numbered(1)]);
    expect(await view.waitFor(own.position)).toBe(true);
    expect(view.position()).toBe(own.position);
    expect(rowsOf(view)).toHaveLength(1);
    const other = await store.append('relay-x', 'no-stream', [numbered(1)]);
    expect(await view.waitFor(other.position)).toBe(true);
    expect(await view.waitFor(own.position)).toBe(true);
    await view.close();
  });

  it('gives up in time, at once when the view closes, and refuses what is no position', async () => {
    const store = openStore('giving-up');
    const view = await openView({ ...sums, store, path: join(folder, 'giving-up-view.db') });
    const far = '0000000000999999';
    expect(await view.waitFor(far, 5)).toBe(false);
    await expect(view.waitFor('soon')).rejects.toThrow('not a position');
    const waiting = view.waitFor(far);
    await view.close();
    expect(await waiting).toBe(false);
    expect(await view.waitFor(far)).toBe(false);
  });

  it('goes on when a store was restored that ends before what was reached', async () => {
    const whole = openStore('whole');
    const path = join(folder, 'restored-view.db');
    await writeCases(whole, 0, 3);
    const copy = join(folder, 'copy.db');
    for (const suffix of ['', '-wal']) {
      const from = join(folder, `whole.db${suffix}`);
      if (existsSync(from)) copyFileSync(from, copy + suffix);
    }
    let view = await openView({ ...sums, store: whole, path });
    const { position } = await whole.append('other-1', 'no-stream', [numbered(1)]);
    expect(await view.waitFor(position)).toBe(true);
    await view.close();
    const restored = openStore('copy');
    view = await openView({ ...sums, store: restored, path });
    await restored.append('case-new', 'no-stream', [numbered(1)]);
    while (rowsOf(view).length < 4) await new Promise(setImmediate);
    expect(rowsOf(view)).toHaveLength(4);
    await view.close();
  });
});

describe('a view', () => {
  it('is refused with a reason when its folder is missing or the file is in use', async () => {
    const store = openStore('refused');
    await expect(
      openView({ ...sums, store, path: join(folder, 'nowhere/view.db') }),
    ).rejects.toMatchObject({ reason: 'missing-folder' });
    mkdirSync(join(folder, 'somewhere'));
    const path = join(folder, 'somewhere/view.db');
    const view = await openView({ ...sums, store, path });
    await expect(openView({ ...sums, store, path })).rejects.toMatchObject({ reason: 'locked' });
    await view.close();
  });
});
