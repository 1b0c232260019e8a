import { describe, expect, it } from '@jest/globals';
import { lately } from '../src/lately.js';

describe('what was seen lately', () => {
  const things = Array.from({ length: 100 }, (_, n) => ({ n }));

  it('is known of at least as many as were said, and of at most twice as many', () => {
    const known = lately<number>(10);
    for (const [count, thing] of things.entries()) {
      known.set(thing, thing.n);
      const remembered = things.slice(0, count + 1).filter((one) => known.get(one) === one.n);
      expect(remembered.length).toBeGreaterThanOrEqual(Math.min(10, count + 1));
      expect(remembered.length).toBeLessThanOrEqual(20);
      expect(remembered.at(-1)).toBe(thing);
    }
  });

  it('is known of the thing itself and of no other that is equal, as it was said last', () => {
    const known = lately<string>(2);
    const [a, b, c] = [{}, {}, {}];
    known.set(a, 'a');
    known.set(b, 'b');
    known.set(c, 'c');
    known.set(a, 'again');
    expect([a, b, c, {}].map((thing) => known.get(thing))).toEqual(['again', 'b', 'c', undefined]);
  });
});
