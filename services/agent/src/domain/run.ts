import { topics, type orchestratorSays } from '@countersign/contracts';
import {
  ignore,
  record,
  type Decision,
  type Effect,
  type ProcessManager,
  type Recorded,
  type Told,
} from '@countersign/decider';
import { instantAfter } from '@countersign/time';
import { advance, notBegun, settle, type Course } from './course.js';
import { isEnding, type Ending, type RunFact, type RunRequest } from './facts.js';
import { follow } from './follow.js';
import { abstain } from './next-call.js';
import type { Answered } from './outcomes.js';
import type { Held, RunRules, Standing } from './standing.js';

// ── Inputs: what the orchestrator asks, what workers bring back, and the clock ──────────────

interface WithChance {
  /** 40 hex digits, fresh for every input. */
  readonly chance: string;
}

/** `worker` is set when one is free to begin at once. */
export interface StepAsked extends WithChance {
  readonly type: 'RunAgentStep';
  readonly caseId: string;
  readonly data: orchestratorSays.RunAgentStep;
  readonly worker?: string | undefined;
}
export interface WorkerFree extends WithChance {
  readonly type: 'WorkerFree';
  readonly worker: string;
}
export interface CallEnded extends WithChance {
  readonly type: 'CallEnded';
  readonly worker: string;
  readonly epoch: number;
  /** What is left of the worker's lease, in milliseconds on monotonic time. */
  readonly leaseLeftMs: number;
  readonly answered: Answered;
}
/** A lease has run out; `worker` is free to take the run over. */
export interface AlarmDue extends WithChance {
  readonly type: 'AlarmDue';
  readonly alarmId: string;
  readonly worker: string;
}
export type RunInput = StepAsked | WorkerFree | CallEnded | AlarmDue;

// ── State: only what the next decision needs ────────────────────────────────────────────────

export type RunState =
  | { readonly phase: 'unheard' }
  | ({ readonly phase: 'waiting' } & Accepted)
  | ({
      readonly phase: 'working';
      readonly held: Held;
      readonly course: Course;
      /** The event that began the open call: the cause of what comes of it. */
      readonly begunBy: string;
    } & Accepted)
  | { readonly phase: 'ended' };

interface Accepted {
  readonly request: RunRequest;
}
export type Working = Extract<RunState, { phase: 'working' }>;

// ── Decide ──────────────────────────────────────────────────────────────────────────────────

type At = Pick<Told<RunInput>, 'recordedAt' | 'body'>;

const decide =
  (rules: RunRules) =>
  (told: Told<RunInput>, state: RunState): Decision<RunFact> => {
    switch (state.phase) {
      case 'unheard':
        return whenUnheard(rules, told);
      case 'waiting':
        return whenWaiting(rules, told, state);
      case 'working':
        return whenWorking(rules, told, state);
      case 'ended':
        return ignore('ended');
    }
  };

const whenUnheard = (rules: RunRules, told: Told<RunInput>): Decision<RunFact> => {
  const { body } = told;
  if (body.type !== 'RunAgentStep') return ignore('never asked for');
  const request: RunRequest = { ...body.data, runId: told.id, caseId: body.caseId };
  const waits = body.worker === undefined;
  const accepted: RunFact = { type: 'AgentRunAccepted', data: { ...request, waits } };
  if (body.worker === undefined) return record(accepted);
  return record(accepted, ...claim(rules, told, { request }, notBegun, body.worker));
};

const whenWaiting = (
  rules: RunRules,
  told: Told<RunInput>,
  waiting: Accepted,
): Decision<RunFact> => {
  const { body } = told;
  if (body.type !== 'WorkerFree') return ignore('waits for a worker');
  return record(...claim(rules, told, waiting, notBegun, body.worker));
};

const whenWorking = (
  rules: RunRules,
  told: Told<RunInput>,
  working: Working,
): Decision<RunFact> => {
  const { body, recordedAt: at } = told;
  const { request, held, course } = working;
  switch (body.type) {
    case 'CallEnded': {
      const { worker, epoch, leaseLeftMs: leftMs, answered, chance } = body;
      if (worker !== held.worker || epoch !== held.epoch) return ignore('held by another worker');
      if (course.open?.number !== answered.call) return ignore('answered before');
      const settled = settle(course, answered);
      const standing = { rules, request, course: settled, held: { ...held, leftMs }, at, chance };
      const facts = follow(standing);
      return record(...carrying(answered, facts));
    }
    case 'AlarmDue': {
      if (body.alarmId !== held.leaseAlarm) return ignore('the lease was renewed or has ended');
      return record(...claim(rules, told, working, course, body.worker, held));
    }
    default:
      return ignore('accepted before');
  }
};

/** Whoever claims begins at once: with the call that nobody has answered, or with the first one. */
const claim = (
  rules: RunRules,
  { recordedAt: at, body: { chance } }: At,
  { request }: Accepted,
  course: Course,
  worker: string,
  before?: Held,
): readonly RunFact[] => {
  const epoch = (before?.epoch ?? 0) + 1;
  const leaseUntil = instantAfter(at, rules.times.leaseMs);
  const held: Held = { epoch, worker, since: at, leaseUntil, leaseAlarm: before?.leaseAlarm };
  const standing: Standing = { rules, request, course, held, at, chance };
  const next =
    epoch > rules.profile.caps.epochsMax
      ? abstain(standing, 'limit-reached', `${rules.profile.caps.epochsMax} workers were lost`)
      : follow(standing);
  if (next.some(isEnding)) return next;
  const claimed: RunFact = {
    type: 'AgentRunClaimed',
    data: { epoch, worker, leaseUntil },
    opens: [{ name: `lease#${epoch}`, dueAt: leaseUntil }],
    ...(before?.leaseAlarm !== undefined && { settles: [before.leaseAlarm] }),
  };
  return [claimed, ...next];
};

/** The first fact after a call carries what came of it. */
const carrying = (answered: Answered, [first, ...rest]: readonly RunFact[]): readonly RunFact[] =>
  first ? [{ ...first, data: { ...first.data, answered } } as RunFact, ...rest] : [];

// ── Evolve ──────────────────────────────────────────────────────────────────────────────────

const evolve = (state: RunState, event: Recorded<RunFact>): RunState => {
  if (event.type === 'AgentRunAccepted') {
    const { waits: _, ...request } = event.data;
    return { phase: 'waiting', request };
  }
  if (isEnding(event)) return { phase: 'ended' };
  if (event.type === 'AgentRunClaimed') return claimed(state, event);
  if (state.phase !== 'working') return state;
  const course = advance(state.course, event);
  const [renewed] = event.opens;
  const held = renewed
    ? { ...state.held, leaseUntil: renewed.dueAt, leaseAlarm: renewed.id }
    : state.held;
  return { ...state, course, held, begunBy: event.id };
};

const claimed = (state: RunState, event: Recorded<RunFact> & { type: 'AgentRunClaimed' }) => {
  if (state.phase !== 'waiting' && state.phase !== 'working') return state;
  const held: Held = {
    ...event.data,
    since: event.recordedAt,
    leaseAlarm: event.opens[0]?.id,
  };
  const course = state.phase === 'working' ? state.course : notBegun;
  const { request } = state;
  return { phase: 'working', request, held, course, begunBy: event.id } as const;
};

// ── React: the orchestrator hears of the end, once ──────────────────────────────────────────

const react = (event: Recorded<RunFact>): readonly Effect[] => {
  if (!isEnding(event)) return [];
  return [
    { name: event.type, topic: topics.answers('agent'), type: event.type, data: answerOf(event) },
  ];
};

const answerOf = ({ data }: Ending): unknown => {
  const { runId: answers, answered: _, ...said } = data;
  return { answers, ...said };
};

export type RunProcess = ProcessManager<RunInput, RunFact, RunState>;

/** `evolve` and `react` need no rules: a stream is folded, and its messages made again, without any. */
export const runFold: Omit<RunProcess, 'decide'> = { initial: { phase: 'unheard' }, evolve, react };

/** A run under the rules of its profile. */
export const agentRun = (rules: RunRules): RunProcess => ({ ...runFold, decide: decide(rules) });
