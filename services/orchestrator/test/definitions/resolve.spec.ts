import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '@countersign/trust';
import type { KeptDocument } from '../../src/definitions/documents.js';
import { readDefinitions } from '../../src/definitions/read-definitions.js';
import { loadDefinition, resolve } from '../../src/definitions/resolve.js';
import { inFolderWith, shipped } from './folders.js';

const set = readDefinitions(shipped);
const definition = set.definitions[0]!;
const { digest } = definition.reference;
// As it comes out of a store: nothing but JSON.
const kept = new Map(
  set.documents.map((one) => [one.digest, JSON.parse(JSON.stringify(one)) as KeptDocument]),
);

const fileOf = (path: string) => readFileSync(join(shipped, path), 'utf8');
const digestWith = (files: Readonly<Record<string, string>>) =>
  inFolderWith(files, (folder) => readDefinitions(folder).definitions[0]!.reference.digest);

describe('a definition from the store', () => {
  it('is the one that was kept, without a look at the disk', async () => {
    const loaded = await loadDefinition(digest, async (one) => kept.get(one));
    expect(loaded).toEqual(definition);
    expect(Object.keys(loaded.steps)).toEqual(Object.keys(definition.steps));
  });

  it('reads only what it names, each document once', async () => {
    const read: string[] = [];
    await loadDefinition(digest, async (one) => {
      read.push(one);
      return kept.get(one);
    });
    expect(new Set(read).size).toBe(read.length);
    expect(read[0]).toBe(digest);
  });

  it('is refused when a document is gone', async () => {
    const queue = set.documents.find(({ kind }) => kind === 'queue')!;
    const load = async (one: string) => (one === queue.digest ? undefined : kept.get(one));
    await expect(loadDefinition(digest, load)).rejects.toThrow('is not kept in the store');
  });

  it('is refused when a document was altered', () => {
    const altered = (one: string) => {
      const found = kept.get(one)!;
      if (found.kind !== 'queue') return found;
      return { ...found, document: { ...(found.document as object), owner: 'mallory' } };
    };
    expect(() => resolve(digest, altered)).toThrow('was altered');
  });

  it('is refused when it is no workflow', () => {
    const tool = set.documents.find(({ kind }) => kind === 'tool')!;
    expect(() => resolve(tool.digest, (one) => kept.get(one))).toThrow('is a tool, not a workflow');
  });
});

describe('the digest of a definition', () => {
  const workflow = fileOf('workflows/support-ticket.yaml');

  it('covers the document as it is kept', () => {
    expect(digestOf(kept.get(digest)!.document)).toBe(digest);
  });

  it('does not depend on order, comments or layout', () => {
    const [head, steps] = workflow.split('steps:\n') as [string, string];
    expect(
      digestWith({ 'workflows/support-ticket.yaml': `steps:\n${steps}\n# moved\n${head}` }),
    ).toBe(digest);
  });

  it.each([
    ['a tool', 'tools/crm.resolve-ticket@1.yaml', 'max: 25000', 'max: 25001'],
    ['a profile', 'profiles/classifier@1.yaml', 'wallMs: 60000', 'wallMs: 60001'],
    ['a queue', 'queues/support-leads@1.yaml', 'title: ', 'title: The '],
    ['a policy', 'escalations/standard-48h@1.yaml', 'PT48H', 'PT47H'],
    ['the schema', 'schemas/support-ticket.json', '20000', '20001'],
    ['the workflow itself', 'workflows/support-ticket.yaml', 'PT15M', 'PT16M'],
  ])('changes with %s', (_, path, from, to) => {
    const text = fileOf(path);
    expect(text).toContain(from);
    expect(digestWith({ [path]: text.replace(from, to) })).not.toBe(digest);
  });
});
