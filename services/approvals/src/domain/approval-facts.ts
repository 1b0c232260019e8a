import type {
  ApprovalStream,
  orchestratorSays,
  ReasonCode,
  Role,
  Stage,
} from '@countersign/contracts';
import type { Fact } from '@countersign/decider';
import type { Caller, Person } from './people.js';

// ── Inputs: what the orchestrator asks, and what people say ─────────────────────────────────

/** `requestId` is the id of the message: what the answer will name. */
export interface ApprovalAsked {
  readonly type: 'RequestApproval';
  readonly requestId: string;
  /** Its proposal's signature and digest have been verified. */
  readonly data: orchestratorSays.RequestApproval;
}
export interface Decide {
  readonly type: 'Decide';
  readonly decision: DecisionName;
  /** What the caller was shown. */
  readonly digest: string;
  readonly reasonCode?: ReasonCode | undefined;
  readonly comment?: string | undefined;
  readonly caller: Caller;
  /** 128 random bits, hex. */
  readonly nonce: string;
  /** How far the proposal's tool may go now, read from `controls-stages`. */
  readonly stage: Stage;
}
export interface ExpiryAsked {
  readonly type: 'ExpireApproval';
  readonly data: orchestratorSays.ExpireApproval;
}
export interface ResolutionAsked {
  readonly type: 'RequestResolution';
  readonly requestId: string;
  readonly data: orchestratorSays.RequestResolution;
}
export interface Resolve {
  readonly type: 'Resolve';
  readonly outcome: OutcomeName;
  /** How the caller found out. */
  readonly evidence: string;
  readonly caller: Caller;
}
export type ApprovalInput = ApprovalAsked | Decide | ExpiryAsked | ResolutionAsked | Resolve;

export const decisionNames = ['approve', 'reject', 'request-changes'] as const;
export type DecisionName = (typeof decisionNames)[number];
export const outcomeNames = ['done', 'not-done'] as const;
export type OutcomeName = (typeof outcomeNames)[number];

// ── Events: what we record, for ever, in stream `approval-{proposalId}`; a public contract ──

export type ApprovalFact = {
  [Type in keyof ApprovalStream]: Fact<Type, ApprovalStream[Type]>;
}[keyof ApprovalStream];

// ── State: only what the next decision needs ────────────────────────────────────────────────

export type ApprovalState =
  | { readonly phase: 'unrequested' }
  | { readonly phase: 'open'; readonly request: ApprovalRequest }
  | Ended<'ended'>
  | (Ended<'uncertain'> & { readonly resolutionId: string })
  | (Ended<'resolved'> & { readonly resolutionId: string; readonly resolution: Resolution });

export type ApprovalRequest = ApprovalStream['ApprovalRequested'];

interface Ended<Phase extends string> {
  readonly phase: Phase;
  readonly request: ApprovalRequest;
  readonly ending: Ending;
}

/** The one ending of a proposal: what, when, and by whom unless time itself ended it. */
export interface Ending {
  readonly kind: 'released' | 'rejected' | 'changes-requested' | 'expired';
  readonly at: string;
  readonly by?: Person | undefined;
}

export interface Resolution {
  readonly outcome: OutcomeName;
  readonly by: Person;
  readonly at: string;
}

/** Why a person's word was not taken. */
export type ApprovalRefusal =
  | { readonly code: 'unknown-proposal' }
  | { readonly code: 'wrong-role'; readonly need: readonly Role[] }
  | { readonly code: 'own-request' }
  | { readonly code: 'own-proposal' }
  | { readonly code: 'own-decision' }
  | { readonly code: 'stale-digest'; readonly digest: string }
  | { readonly code: 'already-ended'; readonly ending: Ending }
  | { readonly code: 'expired-pending'; readonly expiresAt: string }
  | { readonly code: 'stage-forbids'; readonly tool: string; readonly stage: Stage }
  | { readonly code: 'content-erased' }
  | { readonly code: 'reason-missing' }
  | { readonly code: 'not-uncertain' }
  | { readonly code: 'already-resolved'; readonly resolution: Resolution };
