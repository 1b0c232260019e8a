import type { Told } from '@countersign/decider';
import { instantAfter } from '@countersign/time';
import type { AgentStep, ApprovalStep, AssistStep, ExecuteStep } from './definition.js';
import type { ResolvedDefinition } from './definition.js';
import type { FactOf, Standing } from './facts.js';
import type { LiveProposal, Memory } from './state.js';

/** A step that is being entered, and what its request is made of. */
export interface Asking<Step> {
  readonly definition: ResolvedDefinition;
  readonly at: Pick<Told<unknown>, 'recordedAt'>;
  readonly memory: Memory;
  readonly name: string;
  readonly visit: number;
  readonly step: Step;
}

/** Each fact carries the whole input of its message, so that `react` works from it alone. */
export const askAgent = (asking: Asking<AgentStep>): FactOf<'AgentStepAsked'> => {
  const { at, memory, name, visit, step } = asking;
  const deadline = instantAfter(at.recordedAt, step.deadlineMs);
  return {
    type: 'AgentStepAsked',
    data: {
      ...standing(memory, step.state, name, visit),
      profile: step.profile,
      deadline,
      supersedes: memory.supersedes,
      context: contextOf(memory),
    },
    opens: [{ name: `deadline:${name}#${visit}`, dueAt: deadline }],
  };
};

export const askForApproval = (
  asking: Asking<ApprovalStep>,
  { proposal, content }: LiveProposal,
): FactOf<'ApprovalAsked'> => {
  const { definition, at, memory, name, visit, step } = asking;
  const expiresAt = instantAfter(at.recordedAt, step.expireAfterMs);
  return {
    type: 'ApprovalAsked',
    data: {
      ...standing(memory, step.state, name, visit),
      workflow: definition.reference,
      queue: step.queue,
      need: step.need,
      proposal,
      content,
      input: memory.input,
      requester: memory.requester,
      expiresAt,
      executableForMs: step.executableForMs,
    },
    opens: [{ name: `expiry:${name}#${visit}`, dueAt: expiresAt }],
  };
};

export const askForAssistance = (
  asking: Asking<AssistStep>,
  reason: string,
): FactOf<'AssistanceAsked'> => {
  const { definition, at, memory, name, visit, step } = asking;
  const expiresAt = instantAfter(at.recordedAt, step.expireAfterMs);
  return {
    type: 'AssistanceAsked',
    data: {
      ...standing(memory, step.state, name, visit),
      workflow: definition.reference,
      queue: step.queue,
      need: step.need,
      reason,
      tools: [...step.tools],
      context: contextOf(memory),
      requester: memory.requester,
      expiresAt,
      supersedes: memory.supersedes,
    },
    opens: [{ name: `expiry:${name}#${visit}`, dueAt: expiresAt }],
  };
};

export const askForExecution = (
  asking: Asking<ExecuteStep>,
  { proposalId, digest }: LiveProposal['proposal'],
  releaseRevision: number,
): FactOf<'ExecutionAsked'> => {
  const { at, memory, name, visit, step } = asking;
  const dueAt = instantAfter(at.recordedAt, step.deadlineMs);
  const authority = { proposalId, digest, releaseRevision };
  return {
    type: 'ExecutionAsked',
    data: { ...standing(memory, step.state, name, visit), ...authority, dueAt },
    opens: [{ name: `overdue:${name}#${visit}`, dueAt }],
  };
};

export const standing = (
  { definition }: Memory,
  state: Standing['state'],
  step: string,
  visit: number,
): Standing => ({ definition, state, step, visit });

const contextOf = ({ input, results, feedback }: Memory) => ({
  input,
  results,
  ...(feedback && { feedback }),
});
