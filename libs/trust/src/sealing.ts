import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Sealer } from './port.js';
import { randomInBlocks } from './random-bytes.js';
import type { SubjectKeys } from './subject-keys.js';

/** What stands under `sealed[subject]`: the key's name, the IV, ciphertext with its tag (base64). */
export interface SealedBox {
  readonly key: string;
  readonly iv: string;
  readonly box: string;
}

/** A box does not open: tampered with, moved to another place, or not a box at all. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

const algorithm = 'aes-256-gcm';
const tagBytes = 16;
const ivBytes = 12;
const cipherOptions = { authTagLength: tagBytes };

/** Seals and opens with the keys of one keeper. */
export const sealer = (keys: SubjectKeys): Sealer => {
  const random = randomInBlocks();
  return {
    seal: async (data, fields, subject, aad) => {
      const { personal, rest } = split(data, fields);
      if (personal === undefined) return rest;
      if ('sealed' in rest) throw new TypeError('this data is sealed already');
      const { id, key } = await keys.keyFor(subject);
      const { iv, box } = encrypt(key, random(ivBytes), JSON.stringify(personal), aad);
      rest['sealed'] = { [subject]: { key: id, iv, box } };
      return rest;
    },
    open: async (data, aad) => {
      const { sealed, ...rest } = data;
      if (sealed === undefined) return rest;
      for (const [subject, box] of boxesOf(sealed)) {
        const key = await keys.find(box.key);
        if (key) Object.assign(rest, JSON.parse(decrypt(key, box, aad, subject)));
      }
      return rest;
    },
  };
};

/** Both are built anew: an object that something is deleted from is slow wherever it comes. */
const split = (data: Readonly<Record<string, unknown>>, fields: readonly string[]) => {
  const rest: Record<string, unknown> = {};
  let personal: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(data)) {
    if (value !== undefined && fields.includes(name)) (personal ??= {})[name] = value;
    else rest[name] = value;
  }
  return { personal, rest };
};

const encrypt = (key: KeyObject, iv: Buffer, text: string, aad: string) => {
  const cipher = createCipheriv(algorithm, key, iv, cipherOptions);
  cipher.setAAD(Buffer.from(aad));
  const body = cipher.update(text, 'utf8');
  cipher.final();
  const box = Buffer.concat([body, cipher.getAuthTag()]);
  return { iv: iv.toString('base64'), box: box.toString('base64') };
};

const decrypt = (key: KeyObject, { iv, box }: SealedBox, aad: string, subject: string): string => {
  try {
    const bytes = Buffer.from(box, 'base64');
    const decipher = createDecipheriv(algorithm, key, Buffer.from(iv, 'base64'), cipherOptions);
    decipher.setAAD(Buffer.from(aad));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    const text = decipher.update(bytes.subarray(0, -tagBytes));
    decipher.final();
    return text.toString('utf8');
  } catch (cause) {
    throw new SealBroken(`the box of ${subject} does not open in ${aad}`, { cause });
  }
};

const boxesOf = (sealed: unknown): [string, SealedBox][] => {
  if (isSetOfBoxes(sealed)) return Object.entries(sealed);
  throw new SealBroken('what stands under `sealed` is not a set of boxes');
};

const isSetOfBoxes = (sealed: unknown): sealed is Readonly<Record<string, SealedBox>> =>
  isObject(sealed) && Object.values(sealed).every(isBox);

const isBox = (value: unknown): value is SealedBox => {
  if (!isObject(value) || Object.keys(value).length !== 3) return false;
  const { key, iv, box } = value;
  return typeof key === 'string' && typeof iv === 'string' && typeof box === 'string';
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
