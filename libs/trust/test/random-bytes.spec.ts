import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomInBlocks } from '../src/index.js';

describe('random bytes drawn in blocks', () => {
  it('are as many as asked for, and never given out twice', () => {
    const lengths = fc.array(
      fc.integer({ min: 1, max: 600 }).map((eights) => eights * 8),
      { maxLength: 50 },
    );
    fc.assert(
      fc.property(lengths, (asked) => {
        const random = randomInBlocks();
        const given = asked.map((bytes) => random(bytes));
        expect(given.map(({ length }) => length)).toEqual(asked);
        // Eight bytes that stand in two places would be the same ones, not chance.
        const eights = given.flatMap((bytes) =>
          Array.from({ length: bytes.length >> 3 }, (_, n) =>
            bytes.toString('hex', n * 8, n * 8 + 8),
          ),
        );
        expect(new Set(eights).size).toBe(eights.length);
      }),
    );
  });

  it('stay as they were given, whatever is drawn later', () => {
    const random = randomInBlocks();
    const first = random(16);
    const before = first.toString('hex');
    for (let n = 0; n < 1_000; n += 1) random(16);
    expect(first.toString('hex')).toBe(before);
  });
});
