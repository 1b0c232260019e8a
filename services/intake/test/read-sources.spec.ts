import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSources } from '../src/adapters/read-sources.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sources-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (...sources: readonly (readonly [name: string, source: string])[]) => {
  const lines = sources.map(
    ([name, source]) => `  - { name: ${name}, source: ${source}, subject: s }`,
  );
  writeFileSync(join(folder, 'sources.yaml'), ['sources:', ...lines, ''].join('\n'));
  return readSources(folder);
};

describe('who may send what', () => {
  it('is a name, the source that it stands for, and its credential', () => {
    expect(read(['shop', 'https://shop.example'])).toEqual([
      { name: 'shop', source: 'https://shop.example', subject: 's' },
    ]);
  });

  it.each(['commands', 'answers', 'dead-letters'])(
    'is refused under the name %s: its topic would be one of ours',
    (name) => {
      expect(() => read([name, 'https://shop.example'])).toThrow(/sources.yaml:2.*choose another/s);
    },
  );

  it.each(['Shop', 'my.shop', 'my_shop'])(
    'is refused under a name that no topic has: %s',
    (name) => {
      expect(() => read([name, 'https://shop.example'])).toThrow(/small letters/);
    },
  );

  it('is refused when two are called the same, or stand for the same', () => {
    const twice = () =>
      read(
        ['shop', 'https://a.example'],
        ['shop', 'https://b.example'],
        ['c', 'https://a.example'],
      );
    expect(twice).toThrow(/sources.yaml:3.*shop is bound already/s);
    expect(twice).toThrow(/sources.yaml:4.*https:\/\/a\.example is bound already/s);
  });
});
