import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FileUnusable, openFile, type OpenOptions } from '../src/index.js';
import { fewNumbersModule, numbersIn, numbersModule } from './numbers-module.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
const open = (name: string, more: Partial<OpenOptions> = {}) =>
  openFile({ path: join(folder, name), modules: [numbersModule], synchronous: 'FULL', ...more });

const reasonOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof FileUnusable) return `${error.reason}: ${error.message}`;
    throw error;
  }
  throw new Error('it worked');
};

describe('a file with group commit', () => {
  it('answers in the order of submission, when the reader can see the write', async () => {
    const file = open('order.db');
    const answered: number[] = [];
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 2_000 }, async (_, n) => {
        await file.submit('numbers.add', n);
        answered.push(n);
        if (n % 100 === 0) seen.push(numbersIn(file.reader).length);
      }),
    );
    expect(answered).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
    expect(numbersIn(file.reader)).toEqual(answered);
    for (const [index, count] of seen.entries()) expect(count).toBeGreaterThan(index * 100);
    await file.close();
  });

  it('commits what waits in one turn together', async () => {
    const file = open('together.db');
    const writes = [1, 2, 3].map((n) => file.submit('numbers.add', n));
    expect(numbersIn(file.reader)).toEqual([]);
    await writes[0];
    expect(numbersIn(file.reader)).toEqual([1, 2, 3]);
    await Promise.all(writes);
    await file.close();
  });

  it('rejects a unit that throws, undoes what it wrote, and writes its neighbours', async () => {
    const file = open('unit.db');
    const outcomes = await Promise.allSettled([
      file.submit('numbers.add', 1),
      file.submit('numbers.addThenThrow', 2),
      file.submit('numbers.add', 1),
      file.submit('numbers.add', 3),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(outcomes[1]).toMatchObject({ reason: { message: 'not 2' } });
    expect(outcomes[2]).toMatchObject({ reason: { message: expect.stringContaining('UNIQUE') } });
    expect(numbersIn(file.reader)).toEqual([1, 3]);
    await file.close();
  });

  it('keeps the order of answers when a unit throws', async () => {
    const file = open('order-after-throw.db');
    const answered: number[] = [];
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        file.submit(n === 25 ? 'numbers.addThenThrow' : 'numbers.add', n).then(
          () => answered.push(n),
          () => answered.push(n),
        ),
      ),
    );
    expect(answered).toEqual(Array.from({ length: 50 }, (_, n) => n));
    await file.close();
  });

  it('writes what is enclosed where its write says so, and tells of both in order', async () => {
    const file = open('enclosed.db');
    const heard: string[] = [];
    const enclose = (n: number) =>
      file.enclose('numbers.add', n, (place) => void heard.push(`${n} at ${place}`));
    const submit = (operation: string, n: number) =>
      file.submit<number>(operation, n, {
        enclosure: enclose(n + 1),
        heard: (place) => void heard.push(`${n} at ${place}`),
      });
    await Promise.all([submit('numbers.addBoth', 10), submit('numbers.add', 20)]);
    expect(heard).toEqual(['10 at 1', '11 at 2', '20 at 3']);
    expect(numbersIn(file.reader)).toEqual([10, 11, 20]);
    await file.close();
  });

  it('writes neither when one of both throws', async () => {
    const file = open('neither.db');
    const both = (n: number, operation: string, enclosed: number) =>
      file.submit('numbers.addBoth', n, {
        enclosure: file.enclose(operation, enclosed, () => expect(enclosed).toBe('never heard')),
      });
    const outcomes = await Promise.allSettled([
      both(1, 'numbers.addThenThrow', 2),
      file.submit('numbers.add', 3),
      both(3, 'numbers.add', 4),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(numbersIn(file.reader)).toEqual([3]);
    await file.close();
  });

  it('takes along only what was enclosed for it', async () => {
    const [file, other] = [open('own.db'), open('other.db')];
    const enclosure = other.enclose('numbers.add', 2, () => undefined);
    await expect(file.submit('numbers.addBoth', 1, { enclosure })).rejects.toThrow('not enclosed');
    expect(() => file.enclose('numbers.divide', 1, () => undefined)).toThrow('no operation');
    expect(numbersIn(file.reader)).toEqual([]);
    await file.close();
    await other.close();
  });

  it('refuses an unknown operation, and two modules with the same one', async () => {
    const file = open('unknown.db');
    await expect(file.submit('numbers.divide', 1)).rejects.toThrow('no operation numbers.divide');
    await file.close();
    expect(() => open('twice.db', { modules: [numbersModule, numbersModule] })).toThrow(
      'two operations are named numbers.add',
    );
  });

  it('commits what waits before it closes, then refuses', async () => {
    const file = open('closing.db');
    const write = file.submit('numbers.add', 1);
    await Promise.all([file.close(), file.close()]);
    expect(await write).toBe(1);
    await expect(file.submit('numbers.add', 2)).rejects.toMatchObject({ reason: 'closed' });
    const again = open('closing.db');
    expect(numbersIn(again.reader)).toEqual([1]);
    await again.close();
  });

  it('refuses a write when too many wait, and writes those that wait', async () => {
    const file = open('overloaded.db');
    const writes = Array.from({ length: 16_385 }, (_, n) => file.submit('numbers.add', n));
    await expect(writes.at(-1)).rejects.toMatchObject({ reason: 'overloaded' });
    await Promise.all(writes.slice(0, -1));
    expect(numbersIn(file.reader)).toHaveLength(16_384);
    await file.close();
  });

  it('gives no write permission to the reader', async () => {
    const file = open('reader.db');
    expect(() => file.reader.exec('delete from numbers')).toThrow('readonly');
    await file.close();
  });
});

describe('a file that cannot be used', () => {
  it('is refused while another has it open', async () => {
    const file = open('locked.db');
    expect(reasonOf(() => open('locked.db'))).toContain('locked: ');
    expect(reasonOf(() => open('locked.db'))).toContain('another process is using it');
    await file.close();
    await open('locked.db').close();
  });

  it('is refused with a reason when its folder is missing', () => {
    expect(reasonOf(() => open('nowhere/events.db'))).toBe(
      `missing-folder: ${join(folder, 'nowhere/events.db')}: its folder does not exist`,
    );
  });

  it('is refused when it is a folder', () => {
    mkdirSync(join(folder, 'folder.db'));
    expect(reasonOf(() => open('folder.db'))).toContain('not-permitted');
  });

  it('is refused when it is something else, and left as it was', () => {
    writeFileSync(join(folder, 'letter.db'), 'Dear customer, '.repeat(1_000));
    expect(reasonOf(() => open('letter.db'))).toContain('not-a-database');
    expect(reasonOf(() => open('letter.db'))).toContain('not-a-database');
  });

  it('says that the disk is full, keeps what was acknowledged, and goes on when there is room', async () => {
    const file = open('full.db', { modules: [fewNumbersModule] });
    await file.submit('numbers.add', 1);
    await expect(
      Promise.all([file.submit('numbers.add', 2), file.submit('numbers.fill', 200_000)]),
    ).rejects.toMatchObject({ reason: 'disk-full' });
    expect(numbersIn(file.reader).slice(0, 1)).toEqual([1]);
    await file.submit('numbers.add', 3);
    expect(numbersIn(file.reader)).toContain(3);
    await file.close();
  });
});
