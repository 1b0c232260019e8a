import { z } from 'zod';
import { reasonCodes, roles } from './case-states.js';
import { instant } from './envelope.js';
import { message, type DataOf } from './message.js';
import { proposal, proposalContent } from './proposal.js';

const answers = z.uuid();
const person = z.strictObject({ sub: z.string().min(1), role: z.enum(roles) });
const refusal = {
  answers,
  proposalId: z.uuid(),
  by: person,
  reasonCode: z.enum(reasonCodes),
  comment: z.string().optional(),
};

/** A person approved, the record is countersigned, and the hold (0 for now) is over. */
export const ApprovalReleased = message('ApprovalReleased', {
  answers,
  proposalId: z.uuid(),
  digest: z.string(),
  /** Revision of the release in `approval-{proposalId}`. */
  releaseRevision: z.int().nonnegative(),
  by: person,
});
export type ApprovalReleased = DataOf<typeof ApprovalReleased>;

/** A person said no, with a reason from the closed list. */
export const ApprovalRejected = message('ApprovalRejected', refusal, ['comment']);
export type ApprovalRejected = DataOf<typeof ApprovalRejected>;

/** A person asked for another proposal, with a reason. */
export const ApprovalChangesRequested = message('ApprovalChangesRequested', refusal, ['comment']);
export type ApprovalChangesRequested = DataOf<typeof ApprovalChangesRequested>;

/** The proposal ended because nobody decided in time. */
export const ApprovalExpired = message('ApprovalExpired', { answers, proposalId: z.uuid() });
export type ApprovalExpired = DataOf<typeof ApprovalExpired>;

/** A person wrote the proposal that the agent could not; signed for them by approvals. */
export const AssistanceProposed = message(
  'AssistanceProposed',
  { answers, proposal, content: proposalContent },
  ['content'],
);
export type AssistanceProposed = DataOf<typeof AssistanceProposed>;

/** A person will not propose anything either. */
export const AssistanceDeclined = message(
  'AssistanceDeclined',
  { answers, by: person, reasonCode: z.enum(reasonCodes), comment: z.string().optional() },
  ['comment'],
);
export type AssistanceDeclined = DataOf<typeof AssistanceDeclined>;

/** Nobody answered the request for a proposal in time. */
export const AssistanceExpired = message('AssistanceExpired', { answers });
export type AssistanceExpired = DataOf<typeof AssistanceExpired>;

/** A second person found out whether an uncertain write happened. Answers `RequestResolution`. */
export const OutcomeResolved = message(
  'OutcomeResolved',
  {
    answers,
    proposalId: z.uuid(),
    outcome: z.enum(['done', 'not-done']),
    by: person,
    evidence: z.string(),
    resolvedAt: instant,
  },
  ['evidence'],
);
export type OutcomeResolved = DataOf<typeof OutcomeResolved>;
