import { z } from 'zod';
import { message, type DataOf } from './message.js';
import { caseOutcomes } from './case-states.js';

/** To the orchestrator: an upstream event was accepted and is now a case. */
export const CaseReceived = message(
  'CaseReceived',
  {
    /** CloudEvents source and id, as sent. */
    source: z.string().min(1),
    sourceId: z.string().min(1),
    /** CloudEvents type; selects the workflow. */
    eventType: z.string().min(1),
    /** Who asked, when the input says so: may not decide on the own request (I2). */
    requester: z.string().optional(),
    input: z.record(z.string(), z.unknown()),
  },
  ['input', 'requester'],
);
export type CaseReceived = DataOf<typeof CaseReceived>;

/** For upstream, on `intake-outcomes.v1`: how the case ended. */
export const CaseOutcomePublished = message('CaseOutcomePublished', {
  source: z.string(),
  sourceId: z.string(),
  outcome: z.enum(caseOutcomes),
  reason: z.string().optional(),
});
export type CaseOutcomePublished = DataOf<typeof CaseOutcomePublished>;
