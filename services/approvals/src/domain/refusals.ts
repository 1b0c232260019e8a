import type { Stage } from '@countersign/contracts';
import type {
  ApprovalRefusal,
  ApprovalRequest,
  ApprovalState,
  Decide,
  DecisionName,
  Ending,
} from './approval-facts.js';
import { isNamed, qualifyingRole, type Caller } from './people.js';

const endingOf: Readonly<Record<DecisionName, Ending['kind']>> = {
  approve: 'released',
  reject: 'rejected',
  'request-changes': 'changes-requested',
};

/** Whether the proposal ended by exactly this word of exactly this person. */
export const endedBy = ({ kind, by }: Ending, sub: string, decision: DecisionName): boolean =>
  by?.sub === sub && kind === endingOf[decision];

/** What somebody may not do, whatever the digest they were shown: whose word does not count, or when. */
export interface Attempt {
  readonly decision: DecisionName;
  readonly caller: Caller;
  readonly stage: Stage;
  /** Now, by the clock under which the decision would be recorded. */
  readonly at: string;
}

/** Why this caller may not decide so now; nothing when they may. Rules 6, 7, 13; I1, I2, C15. */
export const refusalOf = (state: ApprovalState, attempt: Attempt): ApprovalRefusal | undefined =>
  whoMayNot(state, attempt.caller) ?? whenNot(state, attempt);

const whoMayNot = (state: ApprovalState, caller: Caller): ApprovalRefusal | undefined => {
  if (state.phase === 'unrequested') return { code: 'unknown-proposal' };
  const { need, requester, proposal } = state.request;
  if (!qualifyingRole(caller, need)) return { code: 'wrong-role', need: need.of };
  if (isNamed(requester, caller)) return { code: 'own-request' };
  // Who wrote or edited a proposal is its author: an edit is a new proposal (rule 6).
  const { author } = proposal;
  if (author.type === 'human' && isNamed(author.id, caller)) return { code: 'own-proposal' };
  return undefined;
};

const whenNot = (
  state: ApprovalState,
  { decision, stage, at }: Attempt,
): ApprovalRefusal | undefined => {
  if (state.phase === 'unrequested') return { code: 'unknown-proposal' };
  if (state.phase !== 'open') return { code: 'already-ended', ending: state.ending };
  const { expiresAt, content, proposal } = state.request as ErasableRequest;
  if (at >= expiresAt) return { code: 'expired-pending', expiresAt };
  if (decision !== 'approve') return undefined;
  if (stage !== 'human-approval') {
    return { code: 'stage-forbids', tool: `${proposal.tool.name}@${proposal.tool.version}`, stage };
  }
  // After an erasure nobody can see what they would let run.
  return content === undefined ? { code: 'content-erased' } : undefined;
};

/** When a person's key is destroyed, what was sealed under it is absent. */
type ErasableRequest = Omit<ApprovalRequest, 'content'> & Partial<Pick<ApprovalRequest, 'content'>>;

/** Everything that speaks against a decision as it was sent. */
export const decisionRefusal = (
  { decision, caller, stage, digest, reasonCode }: Decide,
  state: ApprovalState,
  at: string,
): ApprovalRefusal | undefined => {
  const who = whoMayNot(state, caller);
  if (who) return who;
  if (state.phase !== 'unrequested' && state.request.proposal.digest !== digest) {
    return { code: 'stale-digest', digest: state.request.proposal.digest };
  }
  const refusal = whenNot(state, { decision, caller, stage, at });
  if (refusal) return refusal;
  return decision !== 'approve' && !reasonCode ? { code: 'reason-missing' } : undefined;
};

/** Why this caller may not say what became of an uncertain write; nothing when they may. */
export const resolutionRefusal = (
  state: ApprovalState,
  caller: Caller,
): ApprovalRefusal | undefined => {
  if (state.phase === 'unrequested') return { code: 'unknown-proposal' };
  const { need } = state.request;
  if (!qualifyingRole(caller, need)) return { code: 'wrong-role', need: need.of };
  if (state.phase === 'open' || state.phase === 'ended') return { code: 'not-uncertain' };
  if (state.ending.by?.sub === caller.sub) return { code: 'own-decision' };
  if (state.phase === 'resolved') {
    return { code: 'already-resolved', resolution: state.resolution };
  }
  return undefined;
};
