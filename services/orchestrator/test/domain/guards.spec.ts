import { describe, expect, it } from '@jest/globals';
import { guardFault, routerFor } from '../../src/domain/guards.js';
import type { RouteStep } from '../../src/domain/definition.js';
import type { Memory } from '../../src/domain/state.js';
import { supportTicket } from './definitions-walked.js';

const step = (...guards: readonly string[]): RouteStep => ({
  kind: 'route',
  when: guards.map((guard, n) => ({ guard, to: `step-${n}` })),
  otherwise: 'otherwise',
});
const memory = {
  input: { amount: 100, lines: ['a', 'b'] },
  results: { classify: { category: 'spam', score: 0.7 } },
} as unknown as Memory;
const routed = (...guards: readonly string[]) => {
  const route = step(...guards);
  return routerFor({ ...supportTicket, steps: { route } })(route, memory);
};

describe('a guard', () => {
  it.each([
    "data.classify.category == 'spam'",
    'data.input.amount >= 100 && data.classify.score > 0.5',
    'data.input.lines.size() == 2',
    "!has(data.draft) || data.draft.tool == ''",
  ])('sees the input and the latest results: %s', (guard) => {
    expect(routed(guard)).toEqual({ to: 'step-0', guard, unreadable: [] });
  });

  it('is tried in order, and the first that holds leads', () => {
    expect(routed('data.input.amount > 200', 'data.input.amount > 50', 'true')).toMatchObject({
      to: 'step-1',
    });
  });

  it('that asks for what is not there does not hold, and the case says so', () => {
    expect(routed("data.draft.tool == 'x'", 'data.input.nothing')).toEqual({
      to: 'otherwise',
      guard: 'else',
      unreadable: [
        { guard: "data.draft.tool == 'x'", code: 'no_such_key' },
        { guard: 'data.input.nothing', code: 'no_such_key' },
      ],
    });
  });

  it('that is no truth value does not hold either', () => {
    expect(routed('data.input.amount')).toMatchObject({
      to: 'otherwise',
      unreadable: [{ code: 'not_bool' }],
    });
  });

  it('names what is wrong with it before any case meets it', () => {
    expect(guardFault("data.classify.category == 'spam'")).toBeUndefined();
    expect(guardFault('data.(')).toContain('Expected IDENTIFIER');
    expect(guardFault('result.category')).toContain('Unknown variable: result');
    expect(guardFault('1 + 1')).toBe('gives int, not bool');
    expect(guardFault('data.a || '.repeat(300) + 'true')).toBeDefined();
  });
});
