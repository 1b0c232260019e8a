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

/** Where upstream published: names one record, also one that could not be read. */
export const upstreamRecord = z.strictObject({
  topic: z.string().min(1),
  partition: z.int().nonnegative(),
  offset: z.int().nonnegative(),
});
export type UpstreamRecord = z.infer<typeof upstreamRecord>;

/** Why an upstream event is refused. A closed list, so that refusals can be counted. */
export const intakeRefusals = [
  'unparsable',
  'too-large',
  'unsupported-media-type',
  'bad-attributes',
  'foreign-source',
  'unknown-type',
  'schema',
  'another-body',
] as const;
export type IntakeRefusalCode = (typeof intakeRefusals)[number];

const upstreamEvent = {
  /** CloudEvents source and id, as sent. */
  source: z.string(),
  sourceId: z.string(),
};

/** For upstream, on `intake-outcomes.v1`: an event was accepted and is now the case in `subject`. */
export const AcceptancePublished = message('AcceptancePublished', {
  ...upstreamEvent,
  eventType: z.string(),
  /** Absent when it came over HTTP. */
  record: upstreamRecord.optional(),
});
export type AcceptancePublished = DataOf<typeof AcceptancePublished>;

/** For upstream, on `intake-outcomes.v1`: a record said again what was accepted before. */
export const DuplicatePublished = message('DuplicatePublished', {
  ...upstreamEvent,
  record: upstreamRecord,
});
export type DuplicatePublished = DataOf<typeof DuplicatePublished>;

/** For upstream, on `intake-outcomes.v1`: an event was refused, and why. */
export const RejectionPublished = message('RejectionPublished', {
  /** The source that the topic or credential is bound to, whatever the event says. */
  source: z.string(),
  /** Absent when the event does not say, or is not one of its source. */
  sourceId: z.string().optional(),
  code: z.enum(intakeRefusals),
  /** What is wrong at which place; never a value, nor a name that its schema does not know. */
  problems: z.array(z.strictObject({ pointer: z.string(), message: z.string() })),
  record: upstreamRecord.optional(),
});
export type RejectionPublished = DataOf<typeof RejectionPublished>;

/** For upstream, on `intake-outcomes.v1`: how the case ended. */
export const CaseOutcomePublished = message('CaseOutcomePublished', {
  source: z.string(),
  sourceId: z.string(),
  outcome: z.enum(caseOutcomes),
  reason: z.string().optional(),
});
export type CaseOutcomePublished = DataOf<typeof CaseOutcomePublished>;
