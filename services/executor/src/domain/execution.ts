import { topics, type executorSays } from '@countersign/contracts';
import type { Effect, ProcessManager, Recorded } from '@countersign/decider';
import { callsPossible } from './calls-possible.js';
import { deciding, type ExecutionLimits } from './decide.js';
import type {
  Claimed,
  CommandRefusal,
  ExecutionFact,
  ExecutionInput,
  ExecutionState,
} from './facts.js';

// ── Evolve ──────────────────────────────────────────────────────────────────────────────────

const evolve = (state: ExecutionState, event: Recorded<ExecutionFact>): ExecutionState => {
  if (event.type === 'ExecutionAccepted') {
    const { waits: _, ...order } = event.data;
    return { phase: 'accepted', order };
  }
  if (state.phase === 'unknown') throw new Error(`${event.type} before the execution was accepted`);
  const { order } = state;
  switch (event.type) {
    case 'ExecutionClaimed':
      return claimed(state, event);
    case 'ExecutionPostponed':
      return state.phase === 'claimed' ? { ...state, postponed: true } : state;
    case 'ExecutionSucceeded': {
      const { epoch, reference } = event.data;
      return { phase: 'ended', order, epoch, ending: 'done', reference, contradicted: false };
    }
    case 'ExecutionRefused':
    case 'ExecutionFailed': {
      const { epoch } = event.data;
      return { phase: 'ended', order, epoch, ending: 'not-done', contradicted: false };
    }
    case 'ExecutionUncertain': {
      const earlierCalls = state.phase === 'claimed' ? state.earlierCalls : 0;
      return { phase: 'uncertain', order, epoch: event.data.epoch, earlierCalls };
    }
    case 'ExecutionResolved': {
      const { epoch, outcome: ending } = event.data;
      return { phase: 'ended', order, epoch, ending, contradicted: false };
    }
    case 'ExecutionContradicted':
      return state.phase === 'ended' ? { ...state, contradicted: true } : state;
  }
};

const claimed = (
  state: Exclude<ExecutionState, { phase: 'unknown' }>,
  event: Extract<Recorded<ExecutionFact>, { type: 'ExecutionClaimed' }>,
): Claimed => {
  const before = state.phase === 'claimed' ? state : undefined;
  return {
    phase: 'claimed',
    order: state.order,
    epoch: event.data.epoch,
    claimId: event.id,
    leaseId: event.opens[0]!.id,
    firstClaimedAt: before?.firstClaimedAt ?? event.recordedAt,
    earlierCalls: before ? callsPossible(before) : 0,
    postponed: false,
  };
};

// ── React: the orchestrator hears of every result, and of not knowing ───────────────────────

const react = (event: Recorded<ExecutionFact>): readonly Effect[] => {
  switch (event.type) {
    case 'ExecutionSucceeded': {
      const { requestId: answers, proposalId, epoch, reference } = event.data;
      return [answer('ExecutionSucceeded', { answers, proposalId, epoch, reference })];
    }
    case 'ExecutionRefused': {
      const { requestId: answers, proposalId, reason, detail } = event.data;
      return [answer('ExecutionRefused', { answers, proposalId, reason, detail })];
    }
    case 'ExecutionFailed': {
      const { requestId: answers, proposalId, detail } = event.data;
      return [answer('ExecutionFailed', { answers, proposalId, detail })];
    }
    case 'ExecutionUncertain': {
      const { requestId: answers, proposalId, reason, since } = event.data;
      return [answer('ExecutionUncertain', { answers, proposalId, reason, since })];
    }
    case 'ExecutionResolved': {
      const { requestId: answers, proposalId, epoch, outcome, by: resolvedBy } = event.data;
      if (outcome === 'done') {
        return [answer('ExecutionSucceeded', { answers, proposalId, epoch, resolvedBy })];
      }
      const detail = 'a person found that it was not done';
      return [answer('ExecutionFailed', { answers, proposalId, detail, resolvedBy })];
    }
    default:
      return [];
  }
};

interface Answers {
  ExecutionSucceeded: executorSays.ExecutionSucceeded;
  ExecutionRefused: executorSays.ExecutionRefused;
  ExecutionFailed: executorSays.ExecutionFailed;
  ExecutionUncertain: executorSays.ExecutionUncertain;
}

const answer = <Type extends keyof Answers>(type: Type, data: Answers[Type]): Effect => ({
  name: type,
  topic: topics.answers('executor'),
  type,
  data,
});

export type Execution = ProcessManager<
  ExecutionInput,
  ExecutionFact,
  ExecutionState,
  CommandRefusal
>;

/** Performs one proposal at most once; see `decide.ts` for how it comes to an end. */
export const execution = (limits: ExecutionLimits): Execution => ({
  initial: { phase: 'unknown' },
  decide: deciding(limits),
  evolve,
  react,
});
