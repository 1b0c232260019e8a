import { closeSync, copyFileSync, existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { numbered } from '../src/conformance/harness.js';
import { openView, type ViewOptions } from '../src/view-file.js';
import { scratchFolder } from './scratch-folder.js';
import { expectedRows, openStore, rebuilds, rowsOf, sums, writeCases } from './view-sums.js';

const folder = scratchFolder();

describe('a view that cannot be used is rebuilt', () => {
  const store = openStore(folder, 'rebuilt');
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
    const other = openStore(folder, 'other');
    await writeCases(other, 0, 25);
    const { causes, rows: found } = await reopened({ store: other });
    expect(causes).toEqual(['it follows another store']);
    expect(found).toEqual(expectedRows(25));
  });
});

describe('a view of a store that was restored from a copy', () => {
  it('goes on when a store was restored that ends before what was reached', async () => {
    const whole = openStore(folder, 'whole');
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
    const restored = openStore(folder, 'copy');
    view = await openView({ ...sums, store: restored, path });
    await restored.append('case-new', 'no-stream', [numbered(1)]);
    while (rowsOf(view).length < 4) await new Promise(setImmediate);
    expect(rowsOf(view)).toHaveLength(4);
    await view.close();
  });
});
