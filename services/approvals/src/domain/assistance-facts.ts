import type {
  orchestratorSays,
  Proposal,
  ProposalContent,
  ReasonCode,
  Reference,
  Role,
  Witness,
} from '@countersign/contracts';
import type { Fact } from '@countersign/decider';
import type { Caller, Person } from './people.js';

// ── Inputs: what the orchestrator asks, and what people answer ──────────────────────────────

/** `requestId` is the id of the message: what the answer will name. */
export interface AssistanceAsked {
  readonly type: 'RequestAssistance';
  readonly requestId: string;
  readonly caseId: string;
  readonly data: orchestratorSays.RequestAssistance;
}
/** Arguments that fit the tool's schema, and the target as it was read for them. */
export interface Propose {
  readonly type: 'Propose';
  readonly tool: Reference;
  readonly arguments: Record<string, unknown>;
  readonly rationale: string;
  readonly witness: Witness | null;
  readonly target: Record<string, unknown> | null;
  /** 128 random bits, hex. */
  readonly salt: string;
  readonly caller: Caller;
}
export interface Decline {
  readonly type: 'Decline';
  readonly reasonCode: ReasonCode;
  readonly comment?: string | undefined;
  readonly caller: Caller;
}
export interface AssistanceExpiryAsked {
  readonly type: 'ExpireAssistance';
  readonly data: orchestratorSays.ExpireAssistance;
}
export type AssistanceInput = AssistanceAsked | Propose | Decline | AssistanceExpiryAsked;

// ── Events: what we record, for ever, in stream `assist-{requestId}` ────────────────────────

export type AssistanceFact =
  | Fact<
      'AssistanceRequested',
      orchestratorSays.RequestAssistance & { readonly requestId: string; readonly caseId: string }
    >
  | Fact<
      'AssistanceProposed',
      {
        readonly requestId: string;
        readonly by: Person;
        readonly proposal: Proposal;
        readonly content: ProposalContent;
      }
    >
  | Fact<
      'AssistanceDeclined',
      {
        readonly requestId: string;
        readonly by: Person;
        readonly reasonCode: ReasonCode;
        readonly comment?: string | undefined;
      }
    >
  | Fact<'AssistanceExpired', { readonly requestId: string; readonly firedAt: string }>;

export const assistancePersonal: Readonly<Record<string, readonly string[]>> = {
  AssistanceRequested: ['context', 'requester'],
  AssistanceProposed: ['content'],
  AssistanceDeclined: ['comment'],
};

// ── State: only what the next decision needs ────────────────────────────────────────────────

export type AssistanceState =
  | { readonly phase: 'unrequested' }
  | { readonly phase: 'open'; readonly request: AssistanceRequest }
  | {
      readonly phase: 'ended';
      readonly request: AssistanceRequest;
      readonly answer: AssistanceAnswer;
    };

export type AssistanceRequest = Extract<AssistanceFact, { type: 'AssistanceRequested' }>['data'];

/** The one answer to a request, when, and by whom unless time itself gave it. */
export interface AssistanceAnswer {
  readonly kind: 'proposed' | 'declined' | 'expired';
  readonly at: string;
  readonly by?: Person | undefined;
  /** What was proposed, or why it was declined: to know the same answer when it comes again. */
  readonly said?: unknown;
  readonly proposalId?: string | undefined;
}

/** Why a person's answer was not taken. */
export type AssistanceRefusal =
  | { readonly code: 'unknown-request' }
  | { readonly code: 'wrong-role'; readonly need: readonly Role[] }
  | { readonly code: 'already-answered'; readonly answer: AssistanceAnswer }
  | { readonly code: 'expired-pending'; readonly expiresAt: string }
  | { readonly code: 'content-erased' }
  | { readonly code: 'tool-not-offered'; readonly tools: readonly Reference[] };
