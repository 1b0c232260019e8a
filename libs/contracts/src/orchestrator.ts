import { z } from 'zod';
import { caseOutcomes, reasonCodes, roles } from './case-states.js';
import { instant, reference } from './envelope.js';
import { message, type DataOf } from './message.js';
import { proposal, proposalContent } from './proposal.js';

const step = z.string().min(1);
const visit = z.int().positive();
const json = z.record(z.string(), z.unknown());

/** Why a step is visited again: what a person or the executor said about the last proposal. */
export const feedback = z.strictObject({
  kind: z.enum(['changes-requested', 'refused', 'not-done']),
  proposalId: z.uuid(),
  reason: z.string(),
  comment: z.string().optional(),
});
export type Feedback = z.infer<typeof feedback>;

/** What a step may know of the case: the input and the latest result of each earlier step. */
export const stepContext = z.strictObject({
  input: json,
  results: z.record(z.string(), json),
  feedback: feedback.optional(),
});
export type StepContext = z.infer<typeof stepContext>;

/** Who must agree, and where they find it. */
export const queue = z.strictObject({ name: z.string().min(1), owner: z.string().min(1) });
export const need = z.strictObject({ any: z.literal(1), of: z.array(z.enum(roles)).min(1) });

/** To agent: work on one step; the run's id is this message's id. */
export const RunAgentStep = message(
  'RunAgentStep',
  {
    step,
    visit,
    profile: reference,
    /** After it the orchestrator moves on and the answer is late. */
    deadline: instant,
    supersedes: z.uuid().optional(),
    context: stepContext,
  },
  ['context'],
);
export type RunAgentStep = DataOf<typeof RunAgentStep>;

/** To approvals: ask people about one proposal. It states the whole standing of the request. */
export const RequestApproval = message(
  'RequestApproval',
  {
    step,
    visit,
    workflow: reference,
    queue,
    need,
    proposal,
    content: proposalContent,
    /** The original request, so that people verify against it and not against the model's words. */
    input: json,
    requester: z.string().optional(),
    expiresAt: instant,
    /** How long after the release a first call may be made, in milliseconds. */
    executableForMs: z.int().positive(),
    /** Revision of `case-{caseId}` that the request stands on. */
    caseRevision: z.int().nonnegative(),
  },
  ['content', 'input', 'requester'],
);
export type RequestApproval = DataOf<typeof RequestApproval>;

/** To approvals: the deadline of a request has come; end it if it is still open. */
export const ExpireApproval = message('ExpireApproval', {
  proposalId: z.uuid(),
  requestId: z.uuid(),
  firedAt: instant,
});
export type ExpireApproval = DataOf<typeof ExpireApproval>;

/** To approvals: the agent could not; ask a person for the proposal. The request's id is this message's. */
export const RequestAssistance = message(
  'RequestAssistance',
  {
    step,
    visit,
    workflow: reference,
    queue,
    need,
    /** Why a person is asked, e.g. `abstained: unknown-request`. */
    reason: z.string(),
    /** Tools a person may propose with. */
    tools: z.array(reference),
    context: stepContext,
    requester: z.string().optional(),
    expiresAt: instant,
    supersedes: z.uuid().optional(),
  },
  ['context', 'requester'],
);
export type RequestAssistance = DataOf<typeof RequestAssistance>;

/** To approvals: the deadline of a request for assistance has come. */
export const ExpireAssistance = message('ExpireAssistance', {
  requestId: z.uuid(),
  firedAt: instant,
});
export type ExpireAssistance = DataOf<typeof ExpireAssistance>;

/** To executor: run what was released. Everything else it reads, and verifies, from `approval-*`. */
export const ExecuteAction = message('ExecuteAction', {
  step,
  visit,
  proposalId: z.uuid(),
  digest: z.string(),
  releaseRevision: z.int().nonnegative(),
});
export type ExecuteAction = DataOf<typeof ExecuteAction>;

/** To approvals: nobody knows whether the write happened; ask a person. */
export const RequestResolution = message('RequestResolution', {
  proposalId: z.uuid(),
  reason: z.string(),
  since: instant,
});
export type RequestResolution = DataOf<typeof RequestResolution>;

/** To executor: a person found out whether the uncertain write happened. */
export const ResolveExecution = message('ResolveExecution', {
  proposalId: z.uuid(),
  outcome: z.enum(['done', 'not-done']),
  by: z.string().min(1),
});
export type ResolveExecution = DataOf<typeof ResolveExecution>;

/** To intake: the case has ended; record it and tell upstream. */
export const RecordOutcome = message('RecordOutcome', {
  outcome: z.enum(caseOutcomes),
  reason: z.string().optional(),
  endedAt: instant,
});
export type RecordOutcome = DataOf<typeof RecordOutcome>;

export const reason = z.enum(reasonCodes);
