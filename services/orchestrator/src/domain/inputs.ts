import type {
  agentSays,
  approvalsSays,
  executorSays,
  intakeSays,
  Service,
  SourceEvent,
} from '@countersign/contracts';

// ── Inputs: what the other services, and the clock, tell a case ─────────────────────────────

/** A message, and the event of its sender that it stands on. */
export interface Heard<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data;
  readonly peer: SourceEvent;
}

/** A deadline that a fact of the case opened has come. */
export interface AlarmDue {
  readonly type: 'AlarmDue';
  readonly data: { readonly alarmId: string; readonly firedAt: string };
}

export type CaseInput =
  | Heard<'CaseReceived', intakeSays.CaseReceived>
  | Heard<'AgentStepDone', agentSays.AgentStepDone>
  | Heard<'ProposalSubmitted', agentSays.ProposalSubmitted>
  | Heard<'AgentAbstained', agentSays.AgentAbstained>
  | Heard<'ApprovalReleased', approvalsSays.ApprovalReleased>
  | Heard<'ApprovalRejected', approvalsSays.ApprovalRejected>
  | Heard<'ApprovalChangesRequested', approvalsSays.ApprovalChangesRequested>
  | Heard<'ApprovalExpired', approvalsSays.ApprovalExpired>
  | Heard<'AssistanceProposed', approvalsSays.AssistanceProposed>
  | Heard<'AssistanceDeclined', approvalsSays.AssistanceDeclined>
  | Heard<'AssistanceExpired', approvalsSays.AssistanceExpired>
  | Heard<'ExecutionSucceeded', executorSays.ExecutionSucceeded>
  | Heard<'ExecutionRefused', executorSays.ExecutionRefused>
  | Heard<'ExecutionFailed', executorSays.ExecutionFailed>
  | Heard<'ExecutionUncertain', executorSays.ExecutionUncertain>
  | Heard<'OutcomeResolved', approvalsSays.OutcomeResolved>
  | AlarmDue;

export type HeardInput = Exclude<CaseInput, AlarmDue>;
export type InputOf<Type extends CaseInput['type']> = Extract<CaseInput, { type: Type }>;

/**
 * Who alone may say what. A message that comes by another service's topic is not an answer,
 * whatever it says: the agent cannot release an approval.
 */
export const speakerOf: Readonly<Record<HeardInput['type'], Service>> = {
  CaseReceived: 'intake',
  AgentStepDone: 'agent',
  ProposalSubmitted: 'agent',
  AgentAbstained: 'agent',
  ApprovalReleased: 'approvals',
  ApprovalRejected: 'approvals',
  ApprovalChangesRequested: 'approvals',
  ApprovalExpired: 'approvals',
  AssistanceProposed: 'approvals',
  AssistanceDeclined: 'approvals',
  AssistanceExpired: 'approvals',
  OutcomeResolved: 'approvals',
  ExecutionSucceeded: 'executor',
  ExecutionRefused: 'executor',
  ExecutionFailed: 'executor',
  ExecutionUncertain: 'executor',
};
