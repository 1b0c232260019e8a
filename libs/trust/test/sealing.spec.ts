import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import {
  SealBroken,
  sealer,
  sqliteSubjectKeys,
  SubjectKeysMismatch,
  type SealedBox,
  type SubjectKeyFile,
} from '../src/index.js';

let folder: string;
let path: string;
const opened: SubjectKeyFile[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
  path = join(folder, 'subject-keys.sqlite');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((keys) => keys.close()));
  rmSync(folder, { recursive: true, force: true });
});
const open = async (storeId = 'store-1', storeIsEmpty = true, at = path) => {
  const keys = await sqliteSubjectKeys(at, storeId, { storeIsEmpty });
  opened.push(keys);
  return keys;
};
const close = async (keys: SubjectKeyFile) => {
  opened.splice(opened.indexOf(keys), 1);
  await keys.close();
};
const boxOf = (data: Record<string, unknown>, subject: string) =>
  (data['sealed'] as Record<string, SealedBox>)[subject]!;

describe('a sealer', () => {
  it('moves the personal fields into one box and puts them back', async () => {
    const { seal, open: unseal } = sealer(await open());
    const data = {
      step: 'draft',
      comment: 'call 555-0100',
      content: { to: 'Ana Müller' },
      none: null,
    };
    const sealed = await seal(data, ['comment', 'content', 'absent'], 'customer:8812', 'case-1:e1');
    expect(Object.keys(sealed)).toEqual(['step', 'none', 'sealed']);
    const stored = JSON.stringify(sealed);
    expect(stored).not.toContain('555-0100');
    expect(stored).not.toContain('comment');
    expect(await unseal(JSON.parse(stored) as Record<string, unknown>, 'case-1:e1')).toEqual(data);
  });

  it('leaves data without such fields as it is', async () => {
    const { seal, open: unseal } = sealer(await open());
    const data = { step: 'draft', comment: undefined };
    expect(await seal(data, ['comment'], 'customer:8812', 'case-1:e1')).toEqual(data);
    expect(await unseal({ step: 'draft' }, 'case-1:e1')).toEqual({ step: 'draft' });
  });

  it('gives back whatever JSON was sealed, and never the same box twice', async () => {
    const { seal, open: unseal } = sealer(await open());
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string({ minLength: 1 }), async (value, subject) => {
        const once = await seal({ value }, ['value'], subject, 'here');
        const twice = await seal({ value }, ['value'], subject, 'here');
        expect(boxOf(once, subject).iv).not.toBe(boxOf(twice, subject).iv);
        expect(boxOf(once, subject).box).not.toBe(boxOf(twice, subject).box);
        expect(await unseal(once, 'here')).toEqual(JSON.parse(JSON.stringify({ value })));
      }),
      { numRuns: 100 },
    );
  });

  it('opens a box only where it was sealed', async () => {
    const { seal, open: unseal } = sealer(await open());
    const sealed = await seal({ comment: 'a' }, ['comment'], 'customer:8812', 'case-1:e1');
    await expect(unseal(sealed, 'case-2:e1')).rejects.toThrow('does not open in case-2:e1');
  });

  it('opens nothing that was tampered with', async () => {
    const { seal, open: unseal } = sealer(await open());
    const sealed = await seal({ comment: 'a' }, ['comment'], 'ana', 'here');
    const box = boxOf(sealed, 'ana');
    const flip = (text: string) =>
      text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`;
    const copies = [
      { ...box, box: flip(box.box) },
      { ...box, iv: flip(box.iv) },
      { ...box, box: box.box.slice(0, 8) },
      { ...box, box: '' },
      { ...box, extra: 1 },
    ];
    for (const copy of copies) {
      await expect(unseal({ sealed: { ana: copy } }, 'here')).rejects.toThrow();
    }
    await expect(unseal({ sealed: 'x' }, 'here')).rejects.toThrow('not a set of boxes');
  });

  it('takes for boxes only what has the three texts of a box and no more', async () => {
    const { open: unseal } = sealer(await open());
    const boxes = z.record(
      z.string(),
      z.strictObject({ key: z.string(), iv: z.string(), box: z.string() }),
    );
    const item = fc.oneof(
      { weight: 9, arbitrary: fc.string() },
      fc.constantFrom(null, 1, undefined),
    );
    const name = fc.constantFrom('key', 'iv', 'box', 'more');
    const nearly = fc.oneof(
      { weight: 9, arbitrary: fc.record({ key: item, iv: item, box: item }) },
      fc.dictionary(name, item),
      fc.jsonValue(),
    );
    const set = fc
      .oneof(fc.dictionary(fc.string(), nearly, { maxKeys: 2 }), fc.array(nearly), nearly)
      // The one name that zod passes over.
      .filter((value) => !Object.hasOwn(Object(value) as object, '__proto__'));
    await fc.assert(
      fc.asyncProperty(set, async (sealed) => {
        const error: unknown = await unseal({ sealed }, 'here').catch((thrown: unknown) => thrown);
        const isSet = sealed === undefined || boxes.safeParse(sealed).success;
        expect(error instanceof SealBroken).toBe(!isSet);
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses to seal what is sealed', async () => {
    const { seal } = sealer(await open());
    const sealed = await seal({ a: 1, b: 2 }, ['a'], 'ana', 'here');
    await expect(seal(sealed, ['b'], 'ana', 'here')).rejects.toThrow('sealed already');
  });

  it('I22 leaves the fields of an erased person absent, and opens those of others', async () => {
    const keys = await open();
    const { seal, open: unseal } = sealer(keys);
    const ana = await seal({ step: 's', comment: 'a' }, ['comment'], 'ana', 'here');
    const ben = await seal({ step: 's', comment: 'b' }, ['comment'], 'ben', 'here');
    await keys.destroy('ana');
    expect(await unseal(ana, 'here')).toEqual({ step: 's' });
    expect(await unseal(ben, 'here')).toEqual({ step: 's', comment: 'b' });
    const again = await seal({ step: 's', comment: 'new' }, ['comment'], 'ana', 'here');
    expect(await unseal(again, 'here')).toEqual({ step: 's', comment: 'new' });
    expect(await unseal(ana, 'here')).toEqual({ step: 's' });
  });

  it('tells a box of foreign keys from one of an erased person', async () => {
    const elsewhere = sealer(await open('store-2', true, join(folder, 'other.sqlite')));
    const foreign = await elsewhere.seal({ a: 1 }, ['a'], 'ana', 'here');
    const { open: unseal } = sealer(await open());
    await expect(unseal(foreign, 'here')).rejects.toThrow('was never kept here');
  });
});

describe('subject keys in a file', () => {
  it('give one subject one key, however many ask at once', async () => {
    const keys = await open();
    const asked = await Promise.all(Array.from({ length: 20 }, () => keys.keyFor('ana')));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    expect((await keys.keyFor('ben')).id).not.toBe(asked[0]!.id);
  });

  it('are still there after a restart', async () => {
    const first = await open();
    const { seal } = sealer(first);
    const sealed = await seal({ comment: 'a' }, ['comment'], 'ana', 'here');
    const { id } = await first.keyFor('ana');
    await close(first);
    const second = await open('store-1', false);
    expect(await sealer(second).open(sealed, 'here')).toEqual({ comment: 'a' });
    expect((await second.keyFor('ana')).id).toBe(id);
  });

  it('are for the owner of the file alone', async () => {
    await (await open()).keyFor('ana');
    for (const name of readdirSync(folder).filter((file) => !file.includes('.lock'))) {
      expect([name, statSync(join(folder, name)).mode & 0o077]).toEqual([name, 0]);
    }
  });

  it('I22 hold no byte of a destroyed key, nor the name of its person', async () => {
    const keys = await open();
    const { key } = await keys.keyFor('customer:8812');
    const bytes = key.export();
    const held = () =>
      readdirSync(folder).some((name) => {
        const content = readFileSync(join(folder, name));
        return content.includes(bytes) || content.includes('customer:8812');
      });
    expect(held()).toBe(true);
    await keys.destroy('customer:8812');
    expect(held()).toBe(false);
    await keys.destroy('nobody');
  });

  it('are refused to a store that they do not belong to', async () => {
    await close(await open('store-1'));
    await expect(open('store-2', false)).rejects.toThrow(SubjectKeysMismatch);
    await expect(open('store-2', true)).rejects.toThrow('the keys of another store');
    await open('store-1', true);
  });

  it('must be there once the store holds events', async () => {
    await expect(open('store-1', false)).rejects.toThrow('holds no keys');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('report as infrastructure when they cannot be written', async () => {
    const keys = await open();
    await close(keys);
    await expect(keys.keyFor('ana')).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });
});
