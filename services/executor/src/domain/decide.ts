import { ignore, record, refuse, type Decision, type Told } from '@countersign/decider';
import { instantAfter, msBetween } from '@countersign/time';
import { callsPossible } from './calls-possible.js';
import type {
  Claimed,
  CommandRefusal,
  ExecuteAction,
  ExecutionFact,
  ExecutionInput,
  ExecutionState,
  ResolveExecution,
} from './facts.js';
import { uncertain, whenReported, contradicted } from './when-reported.js';

export interface ExecutionLimits {
  /** How long a claim keeps others away; longer than any call may take. */
  readonly leaseMs: number;
  /** Epochs from which a call may leave without an answer, before a person is asked. */
  readonly callsMax: number;
  /** Epochs in all, so that a short lease cannot fill a stream. */
  readonly epochsMax: number;
  /** How long after the first claim another one is tried. */
  readonly patienceMs: number;
}

/** Decision 18: uncertain after 3 epochs, or 15 minutes, without an answer. */
export const shippedLimits: ExecutionLimits = {
  leaseMs: 30_000,
  callsMax: 3,
  epochsMax: 30,
  patienceMs: 15 * 60_000,
};

type Decided = Decision<ExecutionFact, CommandRefusal>;

/** Decides for an execution within these limits. */
export const deciding =
  (limits: ExecutionLimits) =>
  (told: Told<ExecutionInput>, state: ExecutionState): Decided => {
    const { body } = told;
    switch (body.type) {
      case 'ExecuteAction':
        return whenOrdered(body, told, state, limits);
      case 'Claim':
        return state.phase === 'accepted'
          ? record(claim(1, body.worker, told, limits))
          : ignore('claimed already');
      case 'AlarmDue':
        return state.phase === 'claimed' && state.leaseId === told.id
          ? whenLeaseOver(body.worker, told, state, limits)
          : ignore('this lease is over');
      case 'Reported':
        return whenReported(body, told, state, limits.callsMax);
      case 'ResolveExecution':
        return whenResolved(body, state);
    }
  };

const whenOrdered = (
  { order, worker }: ExecuteAction,
  told: Told<unknown>,
  state: ExecutionState,
  limits: ExecutionLimits,
): Decided => {
  if (state.phase !== 'unknown') {
    const known = state.order.requestId === order.requestId;
    return known ? ignore('accepted already') : refuse('proposal-spent');
  }
  if (worker === undefined) {
    return record({ type: 'ExecutionAccepted', data: { ...order, waits: true } });
  }
  return record<ExecutionFact>(
    { type: 'ExecutionAccepted', data: order },
    claim(1, worker, told, limits),
  );
};

const claim = (
  epoch: number,
  worker: string,
  { recordedAt }: Told<unknown>,
  { leaseMs }: ExecutionLimits,
): ExecutionFact => {
  const leaseUntil = instantAfter(recordedAt, leaseMs);
  return {
    type: 'ExecutionClaimed',
    data: { epoch, worker, leaseUntil },
    opens: [{ name: `lease#${epoch}`, dueAt: leaseUntil }],
  };
};

/**
 * A claim ran out without a result. Where a call may have left, only a target that knows the key can
 * be asked again, and not for ever; where none left in any epoch, it is proven that nothing was done.
 */
const whenLeaseOver = (
  worker: string,
  told: Told<unknown>,
  state: Claimed,
  limits: ExecutionLimits,
): Decided => {
  const { order, epoch, leaseId } = state;
  const calls = callsPossible(state);
  const patienceOver =
    epoch >= limits.epochsMax ||
    msBetween(state.firstClaimedAt, told.recordedAt) >= limits.patienceMs;
  if (calls > 0 && order.idempotency === 'none') {
    return uncertain(state, told, 'the lease ran out without a recorded answer');
  }
  if (calls >= limits.callsMax) return uncertain(state, told, `${calls} calls without an answer`);
  if (!patienceOver) {
    return record({ ...claim(epoch + 1, worker, told, limits), settles: [leaseId] });
  }
  if (calls > 0) return uncertain(state, told, `no answer in ${epoch} epochs`);
  const { requestId, proposalId } = order;
  const detail = `no call left in ${epoch} epochs: the target could not be reached`;
  const data = { requestId, proposalId, epoch, detail };
  return record({ type: 'ExecutionFailed', data, settles: [leaseId] });
};

const whenResolved = ({ outcome, by }: ResolveExecution, state: ExecutionState): Decided => {
  switch (state.phase) {
    case 'unknown':
      return refuse('never-accepted');
    case 'accepted':
    case 'claimed':
      return ignore('nobody is uncertain');
    case 'uncertain': {
      const { requestId, proposalId } = state.order;
      const data = { requestId, proposalId, epoch: state.epoch, outcome, by };
      return record({ type: 'ExecutionResolved', data });
    }
    case 'ended':
      return outcome === state.ending
        ? ignore('known')
        : contradicted(state, outcome, `${by} says ${outcome}`);
  }
};
