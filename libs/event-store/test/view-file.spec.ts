import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { numbered, numberedUpTo } from '../src/conformance/harness.js';
import { openView, type ViewOptions } from '../src/view-file.js';
import { scratchFolder } from './scratch-folder.js';
import { expectedRows, openStore, rebuilds, rowsOf, sums, writeCases } from './view-sums.js';

const folder = scratchFolder();

describe('a view', () => {
  it('I9: is the same whether it followed live, was rebuilt, or went on where it was', async () => {
    const store = openStore(folder, 'live');
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
    const store = openStore(folder, 'killed');
    const path = join(folder, 'killed-view.db');
    const view = await openView({ ...sums, store, path });
    const copies: string[] = [];
    view.onBatch(() => {
      // What lies in the files now is all that a killed process leaves behind.
      const copy = join(folder, `killed-${copies.length}.db`);
      for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
      copies.push(copy);
    });
    for (let from = 0; from < 30; from += 6) {
      await writeCases(store, from, from + 6);
      const { position } = await store.append(`case-last-${from}`, 'no-stream', [numbered(0)]);
      await view.waitFor(position);
    }
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
    const store = openStore(folder, 'failing');
    await store.append('case-1', 'no-stream', numberedUpTo(5));
    let failures = 3;
    const project: ViewOptions['project'] = (db) => {
      const take = sums.project(db);
      return (events) => {
        take(events.slice(0, 4));
        if ((failures -= 1) >= 0) throw new Error('not yet');
        take(events.slice(4));
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
    const store = openStore(folder, 'listeners');
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

describe('waiting for a position', () => {
  it('ends when the rows are so far, also for what was written to other streams', async () => {
    const store = openStore(folder, 'waiting');
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
    const store = openStore(folder, 'giving-up');
    const view = await openView({ ...sums, store, path: join(folder, 'giving-up-view.db') });
    const far = '0000000000999999';
    expect(await view.waitFor(far, 5)).toBe(false);
    await expect(view.waitFor('soon')).rejects.toThrow('not a position');
    const waiting = view.waitFor(far);
    await view.close();
    expect(await waiting).toBe(false);
    expect(await view.waitFor(far)).toBe(false);
  });
});

describe('a view', () => {
  it('is refused with a reason when its folder is missing or the file is in use', async () => {
    const store = openStore(folder, 'refused');
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
