import {
  topics,
  type approvalsSays,
  type DecisionRecord,
  type Signature,
} from '@countersign/contracts';
import {
  ignore,
  record,
  refuse,
  type Decision,
  type Effect,
  type ProcessManager,
  type Recorded,
  type Told,
} from '@countersign/decider';
import { instantAfter } from '@countersign/time';
import type {
  ApprovalAsked,
  ApprovalFact,
  ApprovalInput,
  ApprovalRefusal,
  ApprovalRequest,
  ApprovalState,
  Decide,
  Ending,
  ExpiryAsked,
  ResolutionAsked,
  Resolve,
} from './approval-facts.js';
import { qualifyingRole } from './people.js';
import { decisionRefusal, endedBy, resolutionRefusal } from './refusals.js';

/** The countersignature under a decision; the key stays with its holder. */
export type Countersign = (record: DecisionRecord) => Signature;

type Decided = Decision<ApprovalFact, ApprovalRefusal>;

// ── Decide ──────────────────────────────────────────────────────────────────────────────────

const decide =
  (countersign: Countersign) =>
  (told: Told<ApprovalInput>, state: ApprovalState): Decided => {
    const { body, recordedAt } = told;
    switch (body.type) {
      case 'RequestApproval':
        return whenAsked(body, state);
      case 'Decide':
        return whenDecided(body, state, recordedAt, countersign);
      case 'ExpireApproval':
        return whenExpiryAsked(body, state);
      case 'RequestResolution':
        return whenResolutionAsked(body, state);
      case 'Resolve':
        return whenResolved(body, state);
    }
  };

const whenAsked = ({ requestId, data }: ApprovalAsked, state: ApprovalState): Decided => {
  if (state.phase !== 'unrequested') return ignore('already asked about');
  return record({ type: 'ApprovalRequested', data: { ...data, requestId } });
};

const whenDecided = (
  said: Decide,
  state: ApprovalState,
  at: string,
  countersign: Countersign,
): Decided => {
  const refusal = decisionRefusal(said, state, at);
  if (
    refusal?.code === 'already-ended' &&
    endedBy(refusal.ending, said.caller.sub, said.decision)
  ) {
    return ignore('the same person decided the same before');
  }
  if (refusal) return refuse(refusal);
  if (state.phase !== 'open') return ignore('nothing is open');
  const { request } = state;
  const by = { sub: said.caller.sub, role: qualifyingRole(said.caller, request.need)! };
  const { decision, digest, reasonCode, comment } = said;
  const decided = { decision, by, digest, reasonCode, comment };
  const head = { requestId: request.requestId, proposalId: request.proposal.proposalId };
  if (decision === 'approve') {
    const signed = recordOf(said, request, by, at);
    // Hold 0: what was approved is released by the same append (rule 6).
    return record<ApprovalFact>(
      {
        type: 'ApprovalDecided',
        data: { ...decided, record: signed, signature: countersign(signed) },
      },
      { type: 'ApprovalReleased', data: { ...head, digest, by } },
    );
  }
  return record<ApprovalFact>(
    { type: 'ApprovalDecided', data: decided },
    {
      type: decision === 'reject' ? 'ApprovalRejected' : 'ApprovalChangesRequested',
      data: { ...head, by, reasonCode: reasonCode!, comment },
    },
  );
};

/** What the decision binds, exactly as it was shown. */
const recordOf = (
  { digest, nonce, stage }: Decide,
  { proposal, workflow, caseRevision, expiresAt, executableForMs }: ApprovalRequest,
  approver: DecisionRecord['approver'],
  decidedAt: string,
): DecisionRecord => ({
  proposalId: proposal.proposalId,
  caseId: proposal.caseId,
  digest,
  tool: proposal.tool,
  workflow,
  policy: null,
  stage,
  authority: 'human-approval',
  caseRevision,
  evidence: proposal.evidence.map((evidence) => evidence.digest),
  flagsShown: proposal.flags,
  approver,
  nonce,
  decidedAt,
  expiresAt,
  executableUntil: instantAfter(decidedAt, executableForMs),
});

/**
 * Only the orchestrator's alarm asks, and never before the deadline: max(now, firedAt) is therefore
 * at or after it, and an open proposal always ends here, also when our clock is behind.
 */
const whenExpiryAsked = ({ data }: ExpiryAsked, state: ApprovalState): Decided => {
  if (state.phase !== 'open') return ignore('not open; the answer is on its way');
  const { requestId, proposalId, firedAt } = data;
  if (state.request.requestId !== requestId) return ignore('another request');
  return record({ type: 'ApprovalExpired', data: { requestId, proposalId, firedAt } });
};

const whenResolutionAsked = (
  { requestId, data }: ResolutionAsked,
  state: ApprovalState,
): Decided => {
  if (state.phase === 'unrequested' || state.phase === 'open')
    return ignore('nothing was released');
  if (state.ending.kind !== 'released') return ignore('nothing was released');
  if (state.phase !== 'ended') return ignore('already asked people');
  return record({ type: 'ResolutionRequested', data: { requestId, ...data } });
};

const whenResolved = ({ outcome, evidence, caller }: Resolve, state: ApprovalState): Decided => {
  const refusal = resolutionRefusal(state, caller);
  if (refusal?.code === 'already-resolved') {
    const { by, outcome: found } = refusal.resolution;
    if (by.sub === caller.sub && found === outcome) return ignore('the same was said before');
  }
  if (refusal) return refuse(refusal);
  if (state.phase !== 'uncertain') return ignore('nothing is uncertain');
  const { need, proposal } = state.request;
  const by = { sub: caller.sub, role: qualifyingRole(caller, need)! };
  const head = { requestId: state.resolutionId, proposalId: proposal.proposalId };
  return record({ type: 'OutcomeResolved', data: { ...head, outcome, by, evidence } });
};

// ── Evolve ──────────────────────────────────────────────────────────────────────────────────

const evolve = (state: ApprovalState, event: Recorded<ApprovalFact>): ApprovalState => {
  const at = event.recordedAt;
  switch (event.type) {
    case 'ApprovalRequested':
      return { phase: 'open', request: event.data };
    case 'ApprovalDecided':
      // Its ending stands beside it in the same append.
      return state;
    case 'ApprovalReleased':
      return endWith(state, { kind: 'released', at, by: event.data.by });
    case 'ApprovalRejected':
      return endWith(state, { kind: 'rejected', at, by: event.data.by });
    case 'ApprovalChangesRequested':
      return endWith(state, { kind: 'changes-requested', at, by: event.data.by });
    case 'ApprovalExpired':
      return endWith(state, { kind: 'expired', at });
    case 'ResolutionRequested':
      if (state.phase === 'unrequested' || state.phase === 'open') return state;
      return { ...state, phase: 'uncertain', resolutionId: event.data.requestId };
    case 'OutcomeResolved': {
      if (state.phase !== 'uncertain') return state;
      const { outcome, by } = event.data;
      return { ...state, phase: 'resolved', resolution: { outcome, by, at } };
    }
  }
};

const endWith = (state: ApprovalState, ending: Ending): ApprovalState =>
  state.phase === 'open' ? { phase: 'ended', request: state.request, ending } : state;

// ── React: the orchestrator hears of every ending once ──────────────────────────────────────

const react = (event: Recorded<ApprovalFact>): readonly Effect[] => {
  switch (event.type) {
    case 'ApprovalRequested':
    case 'ApprovalDecided':
    case 'ResolutionRequested':
      return [];
    case 'ApprovalReleased': {
      const { requestId: answers, ...told } = event.data;
      return answer('ApprovalReleased', { answers, ...told, releaseRevision: event.revision });
    }
    case 'ApprovalRejected':
    case 'ApprovalChangesRequested': {
      const { requestId: answers, ...told } = event.data;
      return answer(event.type, { answers, ...told });
    }
    case 'ApprovalExpired': {
      const { requestId: answers, proposalId } = event.data;
      return answer('ApprovalExpired', { answers, proposalId });
    }
    case 'OutcomeResolved': {
      const { requestId: answers, ...told } = event.data;
      return answer('OutcomeResolved', { answers, ...told, resolvedAt: event.recordedAt });
    }
  }
};

const answer = <Type extends keyof Says>(type: Type, data: Says[Type]): readonly Effect[] => [
  { name: type, topic: topics.answers('approvals'), type, data },
];

interface Says {
  ApprovalReleased: approvalsSays.ApprovalReleased;
  ApprovalRejected: approvalsSays.ApprovalRejected;
  ApprovalChangesRequested: approvalsSays.ApprovalChangesRequested;
  ApprovalExpired: approvalsSays.ApprovalExpired;
  OutcomeResolved: approvalsSays.OutcomeResolved;
}

/** Everything that people decide about one proposal; its revision alone settles every race (I13). */
export const approval = (
  countersign: Countersign,
): ProcessManager<ApprovalInput, ApprovalFact, ApprovalState, ApprovalRefusal> => ({
  initial: { phase: 'unrequested' },
  decide: decide(countersign),
  evolve,
  react,
});
