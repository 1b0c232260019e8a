import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openFile, type GroupCommitFile } from '@countersign/group-commit';
import fc from 'fast-check';
import { begunStreams } from '../src/embedded/begun-streams.js';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import { idOf } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';
import { until } from './until.js';

const folder = scratchFolder();
let file: GroupCommitFile;
beforeAll(() => {
  const path = join(folder, 'begun.db');
  file = openFile({ path, modules: [eventStoreWriter], synchronous: 'OFF' });
});
afterAll(() => file.close());

const event = (name: string) => ({ id: idOf(name), type: 'Begun', data: {}, metadata: {} });

describe('the streams that were begun', () => {
  it('are never said not to have been', async () => {
    const begun = begunStreams(file.reader);
    await until(() => !begun.mayBe('never-begun'));
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 60 })), (names) => {
        names.forEach(begun.begins);
        expect(names.filter((name) => !begun.mayBe(name))).toEqual([]);
      }),
    );
    begun.close();
  });

  it('are told from others but for one in a hundred, of as many as a large file has', async () => {
    const begun = begunStreams(file.reader);
    await until(() => !begun.mayBe('never-begun'));
    for (let n = 0; n < 200_000; n += 1) begun.begins(`case-${n.toString(16).padStart(12, '0')}`);
    const mistaken = Array.from({ length: 10_000 }, (_, n) => `approval-${n}`).filter(begun.mayBe);
    expect(mistaken.length).toBeLessThan(100);
    begun.close();
  });

  it('may all have been before the file was read, and are known of it after', async () => {
    const writing = embeddedStore(file);
    const names = Array.from({ length: 2_500 }, (_, n) => `many-${n}`);
    await Promise.all(names.map((name) => writing.append(name, 'no-stream', [event(name)])));
    await writing.close();
    const begun = begunStreams(file.reader);
    expect(begun.mayBe('never-begun')).toBe(true);
    await until(() => !begun.mayBe('never-begun'));
    expect(names.filter((name) => !begun.mayBe(name))).toEqual([]);
    begun.close();
  });

  it('are read when they begin here, and when they stood in the file before', async () => {
    const writing = embeddedStore(file);
    await writing.append('old-1', 'no-stream', [event('old-1')]);
    await writing.close();
    const store = embeddedStore(file, { writtenHere: ['old-', 'new-'] });
    await until(async () => (await store.read('new-1')).length === 0);
    await store.append('new-1', 'no-stream', [event('new-1')]);
    expect(await store.read('new-1')).toHaveLength(1);
    expect(await store.read('old-1')).toHaveLength(1);
    expect(await store.read('new-2')).toEqual([]);
    await store.close();
  });
});
