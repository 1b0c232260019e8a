import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sealer, sharedSubjectKeys, sqliteSubjectKeys, type SubjectKeyFile } from '../src/index.js';

let folder: string;
let path: string;
const opened: SubjectKeyFile[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shared-keys-'));
  path = join(folder, 'subject-keys.sqlite');
  await (await sqliteSubjectKeys(path, 'store-1', { storeIsEmpty: true })).close();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((keys) => keys.close()));
  rmSync(folder, { recursive: true, force: true });
});
const open = async () => {
  const keys = await sharedSubjectKeys(path);
  opened.push(keys);
  return keys;
};

describe('subject keys that several processes share', () => {
  it('are the same for all, whoever asked first, also when two ask at once', async () => {
    const [one, other] = [await open(), await open()];
    const [first, second] = await Promise.all([one.keyFor('c:1'), other.keyFor('c:1')]);
    expect(second.id).toBe(first.id);
    expect((await other.find(first.id))!.equals(first.key)).toBe(true);
  });

  it('open what another has sealed', async () => {
    const [one, other] = [sealer(await open()), sealer(await open())];
    const sealed = await one.seal({ name: 'Mara' }, ['name'], 'c:1', 'here');
    expect(await other.open(sealed, 'here')).toEqual({ name: 'Mara' });
  });

  it('are forgotten by all when one destroys them, and made anew by the next', async () => {
    const [one, other] = [await open(), await open()];
    const before = await one.keyFor('c:1');
    expect((await other.keyFor('c:1')).id).toBe(before.id);
    await one.destroy('c:1');
    expect(await other.find(before.id)).toBeUndefined();
    const after = await other.keyFor('c:1');
    expect(after.id).not.toBe(before.id);
    expect((await one.keyFor('c:1')).id).toBe(after.id);
  });

  it('are forgotten also by one that only opened what they sealed', async () => {
    const [one, other] = [await open(), await open()];
    const before = await one.keyFor('c:1');
    expect(await other.find(before.id)).toBeDefined();
    expect((await other.keyFor('c:1')).id).toBe(before.id);
    await one.destroy('c:1');
    expect((await other.keyFor('c:1')).id).not.toBe(before.id);
    expect(await other.find(before.id)).toBeUndefined();
  });

  it('are not begun by a process that finds none', async () => {
    const none = join(folder, 'none.sqlite');
    await expect(sharedSubjectKeys(none)).rejects.toThrow(
      `${none} holds no subject keys: make them with "./countersign keys"`,
    );
  });

  it('are one for each person when two processes race for them, and all of them are kept', async () => {
    const subjects = 300;
    const [one, other] = await Promise.all([racer(subjects), racer(subjects)]);
    expect(Object.keys(one)).toHaveLength(subjects);
    expect(other).toEqual(one);
    const kept = await open();
    for (const [subject, id] of Object.entries(one)) {
      expect((await kept.keyFor(subject)).id).toBe(id);
    }
  });

  it('survive a process that is killed while it makes them', async () => {
    const told: Record<string, string> = {};
    const child = start(100_000);
    for await (const text of child.stdout.setEncoding('utf8')) {
      for (const [, subject, id] of String(text).matchAll(/^(\S+) (\S+)$/gm)) told[subject!] = id!;
      if (Object.keys(told).length > 50) child.kill('SIGKILL');
    }
    const kept = await open();
    for (const [subject, id] of Object.entries(told)) {
      expect((await kept.keyFor(subject)).id).toBe(id);
    }
    expect((await kept.keyFor('somebody-else')).id).toBeDefined();
  });
});

/** Asks for the keys of so many people, one after the other, and tells each when it has it. */
const start = (subjects: number) => {
  const program = `
    import { sharedSubjectKeys } from ${JSON.stringify(join(process.cwd(), 'libs/trust/dist/index.js'))};
    const keys = await sharedSubjectKeys(${JSON.stringify(path)});
    for (let n = 0; n < ${subjects}; n += 1) {
      const { id } = await keys.keyFor('c:' + n);
      process.stdout.write('c:' + n + ' ' + id + '\\n');
    }
    await keys.close();`;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  return spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
};

const racer = async (subjects: number): Promise<Record<string, string>> => {
  const child = start(subjects);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  return Object.fromEntries(
    said
      .trim()
      .split('\n')
      .map((line) => line.split(' ')),
  ) as Record<string, string>;
};
