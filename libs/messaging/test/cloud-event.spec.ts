import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { envelope, readEnvelope } from '../src/cloud-event.js';
import { messageCodec } from '../src/codec.js';
import { parsed, received, scratchKeys } from './sample-messages.js';

const codec = messageCodec('intake', scratchKeys().sealer);
let sound: ReturnType<typeof parsed>;
beforeAll(async () => {
  sound = parsed((await codec.encode('intake.answers.v1', received)).value);
});

/** Values that stand just on this or that side of some rule. */
const nearly = fc.oneof(
  fc.constantFrom<unknown>('', 'x', 'human', 'nobody', '1.0', '2.0', 'application/json', null),
  fc.constantFrom<unknown>(0, -0, -1, 1.5, 2 ** 53, '7', [], {}, ['x'], { x: 1 }),
  fc.constantFrom('2026-01-05T09:00:00Z', '2026-01-05T09:00:00.000+01:00', '2026-02-30T09:00:00Z'),
  fc.constantFrom('ab'.repeat(32), 'AB'.repeat(32), `${'ab'.repeat(32)}\n`, 'a'.repeat(63)),
  fc.constantFrom(received.id, received.id.toUpperCase(), `${received.id} `, received.id.slice(1)),
  fc.jsonValue(),
);
const change = fc.tuple(
  fc.constantFrom(...Object.keys(envelope.shape), 'extra', 'toString'),
  fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 4, arbitrary: nearly }),
);

describe('the envelope of a message', () => {
  it('is taken exactly when it fits the schema, and read as the schema reads it', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 2 }), (changes) => {
        const text = JSON.stringify({ ...sound, ...Object.fromEntries(changes) });
        const judged = envelope.safeParse(JSON.parse(text));
        if (!judged.success) return expect(() => readEnvelope(text)).toThrow('no envelope of ours');
        return expect(readEnvelope(text)).toMatchObject(judged.data);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never passes on a prototype that somebody wrote into the data', () => {
    const text = JSON.stringify(sound).replace('"data":{', '"data":{"__proto__":{"x":1},');
    expect(Object.hasOwn(readEnvelope(text).data, '__proto__')).toBe(false);
    expect(readEnvelope(text).data).toEqual(sound.data);
  });
});
