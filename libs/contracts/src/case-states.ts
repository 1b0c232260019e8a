/** The closed list of case states, by their names in the guide. */
export const caseStates = [
  'received',
  'classified',
  'drafted',
  'awaiting-approval',
  'approved',
  'executed',
  'closed',
  'rejected',
  'expired',
  'escalated',
  'abstained',
  'uncertain',
  'failed',
  'assisted',
] as const;
export type CaseStateName = (typeof caseStates)[number];

/** How a case can end. */
export const caseOutcomes = ['closed', 'rejected', 'expired', 'failed'] as const;
export type CaseOutcome = (typeof caseOutcomes)[number];

/** Why people say no. A closed list, so that overrides can be counted. */
export const reasonCodes = [
  'wrong-amount',
  'wrong-target',
  'wrong-tone',
  'policy-violation',
  'missing-evidence',
  'suspicious-content',
  'customer-withdrew',
  'other',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** How far a tool may go: nothing runs, or what a person approved runs. */
export const stages = ['read-only', 'human-approval'] as const;
export type Stage = (typeof stages)[number];

/** Roles a token may carry. */
export const roles = [
  'supervisor',
  'l2',
  'auditor',
  'sre',
  'risk-owner',
  'platform-owner',
  'upstream',
] as const;
export type Role = (typeof roles)[number];
