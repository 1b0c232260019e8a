import { effectIdOf, stamp, type Decision, type Effect, type Recorded } from '@countersign/decider';
import type { RunFact } from '../src/domain/facts.js';
import type { AskedCall, ModelAnswer, Outcome } from '../src/domain/outcomes.js';
import { agentRun, type RunInput, type RunState, type Working } from '../src/domain/run.js';
import type { RunRules } from '../src/domain/standing.js';
import { ticket } from './shipped.js';

export const start = '2026-01-05T09:00:00.000Z';
export const runId = '11111111-1111-5111-8111-111111111111';
export const caseId = '22222222-2222-5222-8222-222222222222';
export const chance = '00112233445566778899aabbccddeeff80000000';

export const at = (seconds: number): string =>
  new Date(Date.parse(start) + seconds * 1_000).toISOString();

export const asked = (
  rules: RunRules,
  { worker = 'w-1', input = ticket, ...more }: Record<string, unknown> = {},
): RunInput => ({
  type: 'RunAgentStep',
  caseId,
  worker: worker === null ? undefined : (worker as string),
  chance,
  data: {
    step: 'draft',
    visit: 1,
    profile: rules.profile.reference,
    deadline: at(300),
    context: { input: input as Record<string, unknown>, results: {} },
    ...more,
  } as never,
});

/** A run, frozen at every step, that records what it decides as `handle` does. */
export const aRun = (rules: RunRules) => {
  const process = agentRun(rules);
  let state: RunState = process.initial;
  let events: readonly Recorded<RunFact>[] = [];
  let inputs = 0;
  const tell = (body: RunInput, seconds = 0): Decision<RunFact> => {
    inputs += 1;
    const id = body.type === 'RunAgentStep' ? runId : effectIdOf(runId, `input-${inputs}`);
    const told = {
      ...{ id, actor: { type: 'agent', id: 'ticket-drafter@1' } as const },
      ...{ occurredAt: at(seconds), recordedAt: at(seconds), body },
    };
    const decision = process.decide(deepFreeze(told), state);
    if ('facts' in decision) {
      const recorded = deepFreeze(
        structuredClone(stamp(told, decision.facts, events.length - 1)),
      ) as readonly Recorded<RunFact>[];
      events = [...events, ...recorded];
      state = deepFreeze(recorded.reduce(process.evolve, state));
    }
    return decision;
  };
  const run = {
    tell,
    get state() {
      return state;
    },
    get working() {
      if (state.phase !== 'working') throw new Error(`the run is ${state.phase}`);
      return state as Working;
    },
    get events() {
      return events;
    },
    types: () => events.map(({ type }) => type),
    last: () => events.at(-1)!,
    effects: (): readonly Effect[] => events.flatMap(process.react),
    /** The open call came to this. */
    answer: (outcome: Outcome, seconds = 0, leaseLeftMs = 60_000): Decision<RunFact> => {
      const { held, course } = run.working;
      const answered = { call: course.open!.number, tookMs: 5, outcome };
      const { worker, epoch } = held;
      return tell({ type: 'CallEnded', worker, epoch, leaseLeftMs, chance, answered }, seconds);
    },
  };
  return run;
};

export const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
};

export const says = (more: Partial<ModelAnswer> = {}): ModelAnswer => ({
  kind: 'model-answer',
  finish: 'stop',
  text: '',
  calls: [],
  usage: { promptTokens: 900, answerTokens: 60 },
  ...more,
});
export const asks = (...calls: readonly AskedCall[]): ModelAnswer =>
  says({ finish: 'tool_calls', calls });
export const callOf = (name: string, args: unknown): AskedCall => ({
  name,
  arguments: typeof args === 'string' ? args : JSON.stringify(args),
});
export const getOrder = (order = 'A-20931') => callOf('crm_get-order', { order });

export const order = {
  id: 'A-20931',
  customer: '0931',
  item: 'Desk lamp',
  sku: 'LAMP-M',
  priceCents: 4_990,
  refundedCents: 0,
  revision: 3,
};
export const orderRead: Outcome = {
  kind: 'tool-answer',
  status: 200,
  etag: '"3"',
  body: JSON.stringify(order),
};
