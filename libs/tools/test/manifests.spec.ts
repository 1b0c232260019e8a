import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@countersign/trust';
import { loadTools, nameAndVersion, strictSchemaProblems, toolFrom } from '../src/index.js';
import { repository, shipped, tool } from './shipped-tools.js';

const folder = mkdtempSync(join(tmpdir(), 'tools-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const good = readFileSync(
  join(repository, 'config', 'tools', 'crm.legacy-replacement@1.yaml'),
  'utf8',
);
let folders = 0;
/** The complaint about the shipped manifest with one text replaced by another. */
const complaintAbout = (text: string, by: string): string => {
  const into = join(folder, String((folders += 1)));
  mkdirSync(into);
  expect(good).toContain(text);
  writeFileSync(join(into, 'bad.yaml'), good.replace(text, by));
  try {
    loadTools(into);
    return 'taken';
  } catch (error) {
    return (error as Error).message.replaceAll(`${into}/`, '');
  }
};
/** Line of the shipped manifest on which a text stands, from 1. */
const lineOf = (text: string) => good.slice(0, good.indexOf(text)).split('\n').length;

describe('the shipped manifests', () => {
  it('load, each under its name, version and digest', () => {
    expect(shipped.map(({ reference }) => nameAndVersion(reference)).sort()).toEqual([
      'crm.get-customer@1',
      'crm.get-order@1',
      'crm.legacy-replacement@1',
      'crm.resolve-ticket@1',
    ]);
    for (const { reference, document } of shipped) {
      expect(reference.digest).toBe(digestOf(document));
    }
  });

  it('come back the same from their stored documents', () => {
    for (const { document, reference } of shipped) {
      expect(toolFrom(JSON.parse(JSON.stringify(document))).reference).toEqual(reference);
    }
  });

  it('let no tool write with a credential that reads (I17)', () => {
    for (const { effect, http } of shipped) {
      expect(http.credential).toBe(effect === 'read' ? 'crm-read' : 'crm-write');
    }
  });

  it('say of every write whether it can be made twice, and what to look at again (I3, I25)', () => {
    expect(tool('crm.resolve-ticket@1')).toMatchObject({ idempotency: 'native' });
    expect(tool('crm.legacy-replacement@1')).toMatchObject({ idempotency: 'none' });
    for (const { effect, witness } of shipped.filter(({ effect }) => effect === 'write')) {
      expect([effect, witness]).not.toContain('none');
    }
  });
});

describe('a manifest is refused by file and line', () => {
  it.each([
    [
      'an object of arguments that is open',
      '        subject: { type: string, minLength: 1, maxLength: 200 }',
      '        subject: { type: object, properties: {} }',
      'subject: {',
      'needs "additionalProperties: false"',
    ],
    [
      'a text without a limit',
      'subject: { type: string, minLength: 1, maxLength: 200 }',
      'subject: { type: string }',
      'subject: {',
      'a text needs maxLength',
    ],
    [
      'a keyword that could open the schema',
      'subject: { type: string, minLength: 1, maxLength: 200 }',
      'subject: { type: string, maxLength: 9, if: {} }',
      'subject: {',
      'keyword "if" is not allowed',
    ],
    ['no owner', 'owner: support-ops', '', 'tool: crm', '/owner: is missing'],
    [
      'a field that nobody knows',
      'timeoutMs: 5000',
      'timeout: 5',
      'timeoutMs',
      'is not known here',
    ],
    ['a write by GET', 'method: POST', 'method: GET', 'method: POST', 'GET only reads'],
    ['a class of idempotency left open', 'idempotency: none', '', 'tool: crm', 'native, readback'],
    [
      'an argument that goes nowhere',
      ', sku]\n  cred',
      ']\n  cred',
      'type: string\n      description: The article',
      'goes neither',
    ],
    ['a path that takes any text', 'orders/{order}/r', 'orders/{reply}/r', 'path: /leg', '{reply}'],
    ['an argument without a class', '  /sku: reference\n', '', '/order: ref', '/sku has no data'],
    [
      'readback without a probe',
      'idempotency: none',
      'idempotency: readback',
      'tool:',
      'goes with',
    ],
    [
      'a review that does not end',
      ', expires: 2027-11-02 }',
      ' }',
      'review:',
      'expires: is missing',
    ],
  ])('%s', (_, text, by, lineHolds, complaint) => {
    const message = complaintAbout(text, by);
    expect(message).toContain(complaint);
    expect(message).toMatch(new RegExp(`^bad\\.yaml:${lineOf(lineHolds)}:\\d+: `, 'm'));
  });

  it('a free text that would open a door to anywhere', () => {
    for (const name of ['url', 'callbackUrl', 'shell', 'sqlText', 'query', 'webhook']) {
      const message = complaintAbout('    sku:\n', `    ${name}:\n`);
      expect(message).toContain(`"${name}" may not be a free text`);
    }
  });

  it('a name and version that another file has', () => {
    const into = join(folder, 'twice');
    mkdirSync(into);
    for (const name of ['a.yaml', 'b.yaml']) writeFileSync(join(into, name), good);
    expect(() => loadTools(into)).toThrow(/b\.yaml:1:\d+: \/tool: .*a\.yaml as well/);
  });

  it('YAML that cannot be read', () => {
    expect(complaintAbout('timeoutMs: 5000', 'timeoutMs: [')).toMatch(/^bad\.yaml:\d+:\d+: /);
  });
});

describe('strictness', () => {
  const closed = (properties: object) => ({
    type: 'object',
    additionalProperties: false,
    properties,
  });
  const complaints = (schema: unknown) =>
    strictSchemaProblems(schema).map(({ path, message }) => `${path.join('/')}: ${message}`);

  it('takes a closed schema, and fixed words under any name', () => {
    expect(complaints(closed({ url: { type: 'string', enum: ['a'] } }))).toEqual([]);
  });

  it('looks everywhere: into lists, choices and nested objects', () => {
    expect(complaints(closed({ a: { type: 'array', items: { type: 'object' } } }))).toEqual([
      'properties/a: a list needs maxItems',
      'properties/a/items: an object needs properties',
    ]);
    const choice = {
      type: 'object',
      oneOf: [closed({ kind: { type: 'string', const: 'x' } }), {}],
    };
    expect(complaints(closed({ c: choice }))).toEqual([
      'properties/c: oneOf needs "type: object" and a discriminator that each branch has',
      expect.stringContaining('properties/c/oneOf/1: needs one type'),
    ]);
    expect(complaints(closed({ n: { type: 'integer' }, t: { type: ['string', 'null'] } }))).toEqual(
      [
        'properties/n: a number needs minimum and maximum, enum or const',
        expect.stringContaining('properties/t: needs one type'),
      ],
    );
    expect(complaints({ ...closed({}), required: ['ghost'] })).toHaveLength(1);
    expect(complaints(true)).toHaveLength(1);
    expect(complaints({ type: 'string', maxLength: 3 })).toHaveLength(1);
  });
});
