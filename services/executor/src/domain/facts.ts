import type { executionRefusals, Reference, Role } from '@countersign/contracts';
import type { Fact } from '@countersign/decider';

// ── Inputs: what the orchestrator orders, what workers find out, what the lease says ────────

/** A released proposal to be performed; made only from a command that was verified. */
export interface ExecuteAction {
  readonly type: 'ExecuteAction';
  readonly order: Order;
  /** Who takes it at once; absent when no worker is free. */
  readonly worker?: string | undefined;
}
/** A worker became free for an execution that was accepted without one. */
export interface Claim {
  readonly type: 'Claim';
  readonly worker: string;
}
/** The lease named by the input's id has run out. */
export interface AlarmDue {
  readonly type: 'AlarmDue';
  readonly worker: string;
}
/** What the worker of an epoch found out. */
export interface Reported {
  readonly type: 'Reported';
  readonly epoch: number;
  readonly finding: Finding;
}
/** A person looked, after nobody knew. */
export interface ResolveExecution {
  readonly type: 'ResolveExecution';
  readonly outcome: 'done' | 'not-done';
  readonly by: string;
}
export type ExecutionInput = ExecuteAction | Claim | AlarmDue | Reported | ResolveExecution;

export type RefusalReason = (typeof executionRefusals)[number];

export type Finding =
  /** The target says that it was done, in its answer or when asked by key. */
  | {
      readonly kind: 'done';
      readonly by: 'answer' | 'readback';
      readonly reference?: string | undefined;
    }
  /**
   * A check before the first call said no, or the target proves that nothing was done: by this
   * call, or by every call of the proposal, earlier ones and those still under way included.
   */
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly detail: string;
      readonly covers: 'this-call' | 'every-call';
    }
  /** Nothing left in this epoch. */
  | { readonly kind: 'not-called'; readonly detail: string }
  /** An earlier call may have been made, and a check forbids making it again. */
  | { readonly kind: 'not-repeated'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly detail: string };

/** What is to be performed; everything else stands in `approval-{proposalId}`. */
export interface Order {
  /** Id of the command: what answers to it name. */
  readonly requestId: string;
  readonly proposalId: string;
  readonly caseId: string;
  readonly step: string;
  readonly visit: number;
  readonly digest: string;
  readonly releaseRevision: number;
  readonly tool: Reference;
  /** What a second call with the same key would do; `none` where the manifest is not known. */
  readonly idempotency: 'native' | 'readback' | 'none';
  readonly approver: { readonly sub: string; readonly role: Role };
  /** No first call at or after this instant. */
  readonly executableUntil: string;
}

// ── Events: what we record, for ever, in stream `execution-{proposalId}` ────────────────────

export interface OfRequest {
  readonly requestId: string;
  readonly proposalId: string;
}
export interface InEpoch extends OfRequest {
  readonly epoch: number;
}

export type ExecutionFact =
  /** `waits` when no worker was free; the claim comes in an append of its own. */
  | Fact<'ExecutionAccepted', Order & { waits?: true }>
  /** A call may leave from here on, until `leaseUntil`. */
  | Fact<'ExecutionClaimed', { epoch: number; worker: string; leaseUntil: string }>
  /** No call left in this epoch; the lease's end lets it be tried again. */
  | Fact<'ExecutionPostponed', { epoch: number; detail: string }>
  | Fact<
      'ExecutionSucceeded',
      InEpoch & { by: 'answer' | 'readback'; reference?: string | undefined }
    >
  | Fact<'ExecutionRefused', InEpoch & { reason: RefusalReason; detail: string }>
  /** Proven not done, and not to be tried again. */
  | Fact<'ExecutionFailed', InEpoch & { detail: string }>
  /** Not an end: a person, or an answer that comes late, still says which it was (I20). */
  | Fact<'ExecutionUncertain', InEpoch & { reason: string; since: string }>
  | Fact<'ExecutionResolved', InEpoch & { outcome: 'done' | 'not-done'; by: string }>
  /** An incident: the first result stands, and someone must find out why the second differs. */
  | Fact<
      'ExecutionContradicted',
      OfRequest & { recorded: 'done' | 'not-done'; said: 'done' | 'not-done'; detail: string }
    >;

/** Nothing of people stands in these events: arguments stay in `approval-*`. */
export const executionPersonal = {};

// ── State: only what the next decision needs ────────────────────────────────────────────────

export type ExecutionState =
  | { readonly phase: 'unknown' }
  | { readonly phase: 'accepted'; readonly order: Order }
  | Claimed
  | {
      readonly phase: 'uncertain';
      readonly order: Order;
      readonly epoch: number;
      readonly earlierCalls: number;
    }
  | {
      readonly phase: 'ended';
      readonly order: Order;
      readonly epoch: number;
      readonly ending: 'done' | 'not-done';
      readonly reference?: string | undefined;
      readonly contradicted: boolean;
    };

export interface Claimed {
  readonly phase: 'claimed';
  readonly order: Order;
  readonly epoch: number;
  /** Id of the claim's event: what the worker reports is caused by it. */
  readonly claimId: string;
  /** The alarm of the lease that is running. */
  readonly leaseId: string;
  readonly firstClaimedAt: string;
  /** Epochs before this one from which a call may have left. */
  readonly earlierCalls: number;
  /** This epoch's worker has said that no call left. */
  readonly postponed: boolean;
}

/** Why a command that was verified is refused all the same. */
export type CommandRefusal = 'proposal-spent' | 'never-accepted';
