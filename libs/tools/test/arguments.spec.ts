import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { argumentsFrom, inProcessToolCaller, requestFor, validateArguments } from '../src/index.js';
import { refund, tool } from './shipped-tools.js';

const resolve = tool('crm.resolve-ticket@1');
const errorsOf = (args: unknown) => {
  const validated = validateArguments(resolve, args);
  return validated.ok ? [] : validated.errors;
};

describe('C2: arguments', () => {
  it('pass when they are what the schema says', () => {
    expect(validateArguments(resolve, refund)).toEqual({ ok: true });
    const change = {
      kind: 'address',
      address: { street: '4 New St', city: 'Cork', postalCode: 'T12', country: 'IE' },
    };
    expect(validateArguments(resolve, { ...refund, change })).toEqual({ ok: true });
    expect(validateArguments(resolve, { ...refund, change: { kind: 'none' } })).toEqual({
      ok: true,
    });
  });

  it.each([
    ['a field too many', { ...refund, note: 'secret-42' }, ''],
    ['a field missing', { ...refund, customer: undefined }, ''],
    ['another type', { ...refund, customer: 931 }, '/customer'],
    ['a text out of shape', { ...refund, order: '../A-20931' }, '/order'],
    [
      'a field of another kind of change',
      { ...refund, change: { ...refund.change, sku: 'A' } },
      '/change',
    ],
    ['a kind that does not exist', { ...refund, change: { kind: 'gift' } }, '/change'],
    [
      'a number that is none',
      { ...refund, change: { ...refund.change, amountCents: NaN } },
      '/change/amountCents',
    ],
    ['half a character', { ...refund, reply: { subject: 'x\ud800', text: 'x' } }, '/reply/subject'],
    ['nothing at all', null, ''],
    ['a list', [refund], ''],
  ])('are refused for %s, by pointer and without the value', (_, args, pointer) => {
    const [error] = errorsOf(args);
    expect(error?.pointer).toBe(pointer);
    expect(JSON.stringify(error)).not.toMatch(/secret-42|20931|gift/);
  });

  it('are refused above a cap, which is told from the schema', () => {
    const change = { ...refund.change, amountCents: 25_001 };
    expect(errorsOf({ ...refund, change })).toEqual([
      { pointer: '/change/amountCents', problem: 'exceeds the cap amountCents' },
    ]);
  });
});

describe('arguments as a model writes them', () => {
  const text = JSON.stringify(refund);

  it('are read when they are JSON and valid', () => {
    expect(argumentsFrom(resolve, text)).toEqual({ ok: true, arguments: refund });
  });

  it.each([
    ['no JSON', text.slice(0, -1)],
    ['nothing', ''],
    ['a number that JSON does not have', text.replace('4990', 'NaN')],
    ['too long', text.replace('We pay', 'x'.repeat(70_000))],
    ['a name twice', text.replace('{', '{"order":"A-9999",')],
    ['a name twice, once escaped', text.replace('{', '{"\\u006frder":"A-9999",')],
    [
      'a name twice, deep inside',
      text.replace('"amountCents":4990', '"amountCents":1,"amountCents":4990'),
    ],
    ['a prototype', text.replace('{', '{"__proto__":{"x":1},')],
  ])('are refused: %s', (_, bad) => {
    expect(argumentsFrom(resolve, bad).ok).toBe(false);
  });

  it.each([
    ['closely', 0],
    ['with spaces', 2],
  ])('may say one word as a name and as a text, or in two objects, written %s', (_, spaces) => {
    const reply = { subject: '"order": \\', text: 'order {"order":1}' };
    const args = JSON.stringify({ ...refund, reply }, undefined, spaces);
    expect(argumentsFrom(resolve, args).ok).toBe(true);
    const twice = args.replace('"order":', '"order": "A-1", "order":');
    expect(argumentsFrom(resolve, twice)).toMatchObject({
      errors: [{ problem: 'names a field twice' }],
    });
  });
});

describe('C2: mutated arguments', () => {
  const hostile = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(
      '',
      'A-1',
      '..',
      '%2e%2e',
      "' or 1=1",
      'A-20931\n',
      '\u202e',
      -1,
      1e308,
      1e6 + 1,
    ),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
  const mutations = fc.array(
    fc.record({
      at: fc.constantFrom(
        ...[['order'], ['customer'], ['reply'], ['reply', 'subject'], ['reply', 'text']],
        ...[['change'], ['change', 'kind'], ['change', 'amountCents'], ['change', 'currency']],
        ...[['change', 'extra'], ['reply', 'extra'], ['extra'], ['constructor'], ['toString']],
      ),
      value: hostile,
      remove: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  );
  type Json = Record<string, unknown>;
  const mutate = (changes: readonly { at: string[]; value: unknown; remove: boolean }[]): Json => {
    const args = structuredClone(refund) as Json;
    for (const { at, value, remove } of changes) {
      const last = at.at(-1)!;
      const parent = at
        .slice(0, -1)
        .reduce<unknown>((found, step) => (found as Json)?.[step], args);
      if (typeof parent !== 'object' || parent === null) continue;
      if (remove) delete (parent as Json)[last];
      else (parent as Json)[last] = value;
    }
    return args;
  };
  /** What the manifest promises, written again by hand. */
  const isAllowed = (args: Json): boolean => {
    const text = (value: unknown, max: number) =>
      typeof value === 'string' && [...value].length >= 1 && [...value].length <= max;
    const reply = args.reply as Json;
    const change = args.change as Json;
    const names = (value: unknown) =>
      Object.keys(value as Json)
        .sort()
        .join();
    return (
      names(args) === 'change,customer,order,reply' &&
      /^A-[0-9]{4,12}$/.test(String(args.order)) &&
      /^[0-9]{4}$/.test(String(args.customer)) &&
      names(reply) === 'subject,text' &&
      text(reply.subject, 200) &&
      text(reply.text, 4_000) &&
      (names(change) === 'kind'
        ? change.kind === 'none'
        : names(change) === 'amountCents,currency,kind' &&
          change.kind === 'refund' &&
          change.currency === 'EUR' &&
          Number.isInteger(change.amountCents) &&
          (change.amountCents as number) >= 1 &&
          (change.amountCents as number) <= 25_000)
    );
  };

  it('reach the connector in none of 10 000 cases, unless they are still allowed', async () => {
    const reached: Json[] = [];
    const caller = inProcessToolCaller({
      targets: {
        crm: ({ body }) => {
          reached.push(JSON.parse(body!) as Json);
          return Promise.resolve({ status: 201, headers: {}, body: '{}' });
        },
      },
      credentials: { 'crm-write': 'secret' },
    });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        const args = mutate(changes);
        if (!validateArguments(resolve, args).ok) {
          refused += 1;
          return;
        }
        expect(isAllowed(args)).toBe(true);
        const clock = { deadlineMs: 1_000, monotonic: () => 0 };
        await caller.call(requestFor(resolve, args, { idempotencyKey: 'k' }), clock);
      }),
      { numRuns: 10_000 },
    );
    expect(refused).toBeGreaterThan(5_000);
    expect(refused + reached.length).toBe(10_000);
  });
});
