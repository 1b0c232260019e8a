import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundedMemory } from '../src/bounded-memory.js';

const max = 8;
const name = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz');
const step = fc.record({ kind: fc.constantFrom('get', 'set', 'set', 'delete'), name });

describe('a bounded memory', () => {
  it('knows the last value of each name, or nothing; surely of those used last', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const memory = boundedMemory<number>(max);
        const last = new Map<string, number>();
        let used: string[] = [];
        for (const [n, { kind, name: of }] of steps.entries()) {
          const isRecent = used.slice(0, max / 2).includes(of);
          used = used.filter((other) => other !== of);
          if (kind === 'delete') {
            memory.delete(of);
            last.delete(of);
            continue;
          }
          if (kind === 'set') {
            memory.set(of, n);
            last.set(of, n);
          }
          const known = memory.get(of);
          if (known !== undefined) used.unshift(of);
          if (known !== undefined || isRecent) expect(known).toBe(last.get(of));
        }
      }),
    );
  });

  it('holds no more than it may, and nothing once it is cleared', () => {
    const memory = boundedMemory<number>(max);
    const names = Array.from({ length: 100 }, (_, n) => `name ${n}`);
    for (const [n, of] of names.entries()) memory.set(of, n);
    const held = names.filter((of) => memory.get(of) !== undefined);
    expect(held.length).toBeLessThanOrEqual(max);
    expect(held).toContain(names.at(-1));
    memory.clear();
    expect(names.filter((of) => memory.get(of) !== undefined)).toEqual([]);
  });

  it('tells things apart by themselves, not by what they say', () => {
    const memory = boundedMemory<string, object>(4);
    const [a, b, c] = [{}, {}, {}];
    memory.set(a, 'a');
    memory.set(b, 'b');
    memory.set(c, 'c');
    memory.set(a, 'again');
    expect([a, b, c, {}].map((thing) => memory.get(thing))).toEqual(['again', 'b', 'c', undefined]);
  });
});
