import { ignore, record, type Decision, type Told } from '@countersign/decider';
import { callsPossible } from './calls-possible.js';
import type { Claimed, ExecutionFact, ExecutionState, Finding, Reported } from './facts.js';

type Decided = Decision<ExecutionFact>;
type Ended = Extract<ExecutionState, { phase: 'ended' }>;
type Uncertain = Extract<ExecutionState, { phase: 'uncertain' }>;

/**
 * What a worker found out, perhaps long after its lease. A result counts whenever it comes and the
 * first one wins; what says nothing about the other epochs' calls counts only where there are none.
 */
export const whenReported = (
  reported: Reported,
  told: Told<unknown>,
  state: ExecutionState,
  callsMax: number,
): Decided => {
  switch (state.phase) {
    case 'unknown':
    case 'accepted':
      return ignore('never claimed');
    case 'claimed':
      return whileClaimed(reported, told, state, callsMax);
    case 'uncertain':
      return whileUncertain(reported, state);
    case 'ended':
      return afterTheEnd(reported.finding, state);
  }
};

const whileClaimed = (
  { epoch, finding }: Reported,
  told: Told<unknown>,
  state: Claimed,
  callsMax: number,
): Decided => {
  const settles = [state.leaseId];
  const result = resultOf(epoch, finding, state);
  if (result) return record({ ...result, settles });
  if (epoch !== state.epoch) return ignore('another epoch has begun');
  switch (finding.kind) {
    case 'not-called': {
      if (state.postponed) return ignore('postponed already');
      return record({ type: 'ExecutionPostponed', data: { epoch, detail: finding.detail } });
    }
    case 'not-repeated':
      return uncertain(state, told, finding.detail);
    case 'unknown':
    case 'refused': {
      const askable = state.order.idempotency !== 'none' && callsPossible(state) < callsMax;
      return askable ? ignore('left to the lease') : uncertain(state, told, finding.detail);
    }
    case 'done':
      return ignore('recorded');
  }
};

const whileUncertain = ({ epoch, finding }: Reported, state: Uncertain): Decided => {
  const result = resultOf(epoch, finding, state);
  return result ? record(result) : ignore('nobody knows more');
};

/** The fact that a finding proves, if it proves one. */
const resultOf = (
  epoch: number,
  finding: Finding,
  state: Claimed | Uncertain,
): ExecutionFact | undefined => {
  const { requestId, proposalId } = state.order;
  const head = { requestId, proposalId, epoch };
  if (finding.kind === 'done') {
    const { by, reference } = finding;
    return { type: 'ExecutionSucceeded', data: { ...head, by, reference } };
  }
  if (finding.kind !== 'refused') return undefined;
  const onlyCall = state.earlierCalls === 0 && epoch === state.epoch;
  if (finding.covers === 'this-call' && !onlyCall) return undefined;
  const { reason, detail } = finding;
  return { type: 'ExecutionRefused', data: { ...head, reason, detail } };
};

const afterTheEnd = (finding: Finding, state: Ended): Decided => {
  if (finding.kind === 'done') {
    if (state.ending === 'not-done') return contradicted(state, 'done', 'the target says done');
    const { reference } = finding;
    const other =
      reference !== undefined && state.reference !== undefined && reference !== state.reference;
    return other ? contradicted(state, 'done', 'the target names another effect') : ignore('known');
  }
  const denied = finding.kind === 'refused' && finding.covers === 'every-call';
  return denied && state.ending === 'done'
    ? contradicted(state, 'not-done', finding.detail)
    : ignore('known');
};

/** Nobody knows; the lease ends, and a person is asked. */
export const uncertain = (
  { order, epoch, leaseId }: Claimed,
  { recordedAt }: Told<unknown>,
  reason: string,
): Decided => {
  const { requestId, proposalId } = order;
  return record({
    type: 'ExecutionUncertain',
    data: { requestId, proposalId, epoch, reason, since: recordedAt },
    settles: [leaseId],
  });
};

/** Once: the first contradiction calls for a person, and repeats would not call louder. */
export const contradicted = (
  { order, ending, contradicted: known }: Ended,
  said: 'done' | 'not-done',
  detail: string,
): Decided => {
  if (known) return ignore('contradicted already');
  const { requestId, proposalId } = order;
  const data = { requestId, proposalId, recorded: ending, said, detail };
  return record({ type: 'ExecutionContradicted', data });
};
