import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
const here = import.meta.dirname;

/** What a process of its own says of the scenario: the thread needs the compiled files. */
const run = async (scenario: string): Promise<any> => {
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const hooks = `--import=${join(here, 'run-sources.mjs')}`;
  const path = join(folder, `${scenario.replaceAll(' ', '-')}.db`);
  const script = join(here, 'in-thread.ts');
  const args = [...flags, hooks, script, scenario, path];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
};

describe('a file whose writes have a thread of their own', () => {
  it('answers in the order of submission, when the reader can see the write', async () => {
    const { answered, unseen, kept } = await run('answers in order');
    expect(answered).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
    expect(unseen).toEqual([]);
    expect(kept).toEqual(answered);
  });

  it('rejects a unit that fails, with its kind of error, and writes its neighbours', async () => {
    const { outcomes, kept } = await run('a unit fails');
    expect(outcomes).toEqual([
      1,
      { name: 'RangeError', message: 'not 2' },
      { name: 'Error', message: expect.stringContaining('UNIQUE'), errcode: 2067 },
      expect.any(Number),
    ]);
    expect(kept).toEqual([1, 3]);
  });

  it('says that the disk is full, and goes on when there is room', async () => {
    const { full, after } = await run('the disk is full');
    expect(full).toMatchObject({ name: 'FileUnusable', reason: 'disk-full' });
    expect(after).toBe(2);
  });

  it('writes what was submitted before it closes, groups underway included', async () => {
    const { answers, kept, refused } = await run('closed while groups are underway');
    expect({ answers, kept }).toEqual({ answers: 3_100, kept: 3_100 });
    expect(refused).toMatchObject({ name: 'FileUnusable', reason: 'closed' });
  });

  it('is unusable, not at fault, when its thread dies: what was underway may be repeated', async () => {
    const { underway, after, kept } = await run('the thread dies');
    const unusable = { name: 'FileUnusable', reason: 'failed' };
    expect(underway).toEqual([
      expect.objectContaining(unusable),
      expect.objectContaining(unusable),
    ]);
    expect(after).toMatchObject(unusable);
    expect(kept).toEqual([1]);
  });

  it('is unusable too when an answer cannot leave the thread', async () => {
    const { underway } = await run('an answer cannot be carried');
    expect(underway).toMatchObject({ name: 'FileUnusable', reason: 'failed' });
  });

  it('refuses what cannot be carried, and gives everybody else their own answers', async () => {
    const { refused, answers } = await run('arguments cannot be carried');
    expect(refused).toMatchObject({ name: 'DataCloneError' });
    expect(answers).toEqual([1, 2, 3, 4]);
  });

  it('tells whoever joins of the others’ writes, in the order of the file and among its own', async () => {
    const { heard, inOrder, kept, after, refused } = await run('somebody joins');
    const all = Array.from({ length: 100 }, (_, n) => 3 * n);
    expect(heard).toEqual(all);
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
    expect(inOrder).toHaveLength(200);
    expect([...kept].sort((a, b) => a - b)).toEqual(all.flatMap((n) => [n, n + 1]));
    expect(after).toBe(201);
    expect(refused).toMatchObject({ name: 'FileUnusable', reason: 'closed' });
  });

  it('tells of what is wanted, and of all else how far it is', async () => {
    const { heard } = await run('somebody joins who wants little');
    expect(heard.slice(0, 2)).toEqual([-2, 'up to 4']);
    expect(heard.at(-1)).toBe('up to 6');
  });

  it('writes what is enclosed, and tells the others of each write by itself', async () => {
    const { place, alone, heard, kept } = await run('one write encloses another');
    expect({ place, alone, kept }).toEqual({ place: 1, alone: 3, kept: [1, 2, 3] });
    expect(heard).toEqual(['numbers.add 2', 'own at 2']);
  });

  it('is unusable for whoever joined too when its thread dies', async () => {
    const { underway, after } = await run('the thread dies while somebody has joined');
    const unusable = { name: 'FileUnusable', reason: 'failed' };
    expect(underway).toEqual([
      expect.objectContaining(unusable),
      expect.objectContaining(unusable),
    ]);
    expect(after).toMatchObject(unusable);
  });

  it('can only be shared when there is a thread to share', async () => {
    const { refused } = await run('it is not written in a thread');
    expect(refused).toMatchObject({ name: 'TypeError' });
  });

  it('asks of each module where the thread finds it', async () => {
    const { refused } = await run('a module has no source');
    expect(refused).toMatchObject({ name: 'TypeError' });
    expect(refused.message).toContain('does not say its source');
  });
});
