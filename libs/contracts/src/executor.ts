import { z } from 'zod';
import { instant } from './envelope.js';
import { message, type DataOf } from './message.js';

const head = { answers: z.uuid(), proposalId: z.uuid() };

/** Why the executor did not make the first call. Each names the check that said no. */
export const executionRefusals = [
  'authority-ended',
  'authority-expired',
  'stage-forbids',
  'arguments-invalid',
  'witness-changed',
  'target-refused',
  'tool-unknown',
] as const;

/** The write happened, once. */
export const ExecutionSucceeded = message('ExecutionSucceeded', {
  ...head,
  /** The target's own name for what was written, when it gave one. */
  reference: z.string().optional(),
  /** Set when a person, not the target, said so. */
  resolvedBy: z.string().optional(),
  epoch: z.int().positive(),
});
export type ExecutionSucceeded = DataOf<typeof ExecutionSucceeded>;

/** No call left, or the target proved that it did nothing. */
export const ExecutionRefused = message('ExecutionRefused', {
  ...head,
  reason: z.enum(executionRefusals),
  detail: z.string(),
});
export type ExecutionRefused = DataOf<typeof ExecutionRefused>;

/** Proven not done, and not to be tried again. */
export const ExecutionFailed = message('ExecutionFailed', {
  ...head,
  detail: z.string(),
  resolvedBy: z.string().optional(),
});
export type ExecutionFailed = DataOf<typeof ExecutionFailed>;

/** Nobody knows: neither success nor failure until a person resolves it (I20). */
export const ExecutionUncertain = message('ExecutionUncertain', {
  ...head,
  reason: z.string(),
  since: instant,
});
export type ExecutionUncertain = DataOf<typeof ExecutionUncertain>;
