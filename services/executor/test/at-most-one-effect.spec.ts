import { describe, expect, it } from '@jest/globals';
import type { Tool } from '@countersign/tools';
import { execution, type Execution } from '../src/domain/execution.js';
import { explore, exploredLimits, withoutWitness, type TargetKind } from './explore.js';
import { tools } from './papers.js';

const decider = execution(exploredLimits);
const dedupes: TargetKind = { dedupes: 'at once', comparesEtag: true };
const inTwoSteps: TargetKind = { dedupes: 'in two steps', comparesEtag: false };
const onlyCompares: TargetKind = { dedupes: 'never', comparesEtag: true };
const neither: TargetKind = { dedupes: 'never', comparesEtag: false };

const asClass = (tool: Tool, idempotency: 'native' | 'none'): Tool => ({ ...tool, idempotency });

describe('at most one effect, and no wrong word about it, under every order of events (I3, I20)', () => {
  it.each<[string, Tool, TargetKind]>([
    ['native, on a target that dedupes', tools.native, dedupes],
    ['native without a witness', withoutWitness(tools.native), dedupes],
    ['readback, on a target that compares etags', tools.readback, onlyCompares],
    ['readback without a witness', withoutWitness(tools.readback), neither],
    ['none, on a target that promises nothing', tools.none, neither],
    ['none, on a target that dedupes in two steps', tools.none, inTwoSteps],
  ])('holds for class %s', async (_, tool, target) => {
    const { counterexample, states, rests } = await explore({ decider, tool, target });
    expect(counterexample).toBeUndefined();
    expect(states).toBeGreaterThan(20);
    expect(rests).toContain('ExecutionSucceeded');
    expect(rests).toContain('ExecutionUncertain');
  });
});

const after = (change: (decide: Execution['decide']) => Execution['decide']): Execution => ({
  ...decider,
  decide: change(decider.decide),
});
const believesEveryRefusal = after((decide) => (input, state) => {
  const { body } = input;
  if (body.type !== 'Reported' || body.finding.kind !== 'refused') return decide(input, state);
  const finding = { ...body.finding, covers: 'every-call' as const };
  return decide({ ...input, body: { ...body, finding } }, state);
});
const claimsBlindly = after(
  (decide) => (input, state) =>
    decide(
      input,
      state.phase === 'claimed'
        ? { ...state, order: { ...state.order, idempotency: 'native' } }
        : state,
    ),
);
const forgetsCalls: Execution = {
  ...decider,
  evolve: (state, event) => {
    const next = decider.evolve(state, event);
    return next.phase === 'claimed' ? { ...next, earlierCalls: 0 } : next;
  },
};

describe('the exploration finds', () => {
  it.each<[string, Execution, Tool, TargetKind]>([
    [
      'a target that promised to dedupe and does not',
      decider,
      asClass(withoutWitness(tools.native), 'native'),
      neither,
    ],
    ['a target that dedupes in two steps', decider, tools.native, inTwoSteps],
    [
      'a refusal of one call taken for all',
      believesEveryRefusal,
      withoutWitness(tools.native),
      dedupes,
    ],
    ['a second call of class none', claimsBlindly, tools.none, neither],
    ['earlier calls forgotten', forgetsCalls, tools.readback, onlyCompares],
  ])('%s', async (_, broken, tool, target) => {
    const { counterexample } = await explore({ decider: broken, tool, target });
    expect(counterexample).toBeDefined();
  });
});
