import type { Feedback, Proposal, ProposalContent } from '@countersign/contracts';
import type { CaseFact, FactOf } from './facts.js';
import type { Memory } from './state.js';

/** What a case carries on after the fact. Collates, never judges. */
export const remember = (memory: Memory, fact: CaseFact): Memory => {
  const after: Memory = { ...memory, state: fact.data.state };
  switch (fact.type) {
    case 'CaseRouted':
    case 'AgentStepAsked':
    case 'ApprovalAsked':
    case 'AssistanceAsked':
    case 'ExecutionAsked':
      return { ...after, visits: { ...after.visits, [fact.data.step]: fact.data.visit } };
    case 'AgentStepRecorded':
      return withResult(after, fact.data.step, fact.data.result);
    case 'ProposalRecorded':
      return withProposal(after, fact.data.step, fact.data.proposal, fact.data.content);
    case 'ApprovalRecorded':
      return withRelease(after, fact.data.releaseRevision);
    case 'ExecutionRecorded':
      return { ...after, proposal: undefined, supersedes: undefined, feedback: undefined };
    case 'RejectionRecorded':
    case 'ApprovalExpiryRecorded':
    case 'AssistanceDeclineRecorded':
    case 'AssistanceExpiryRecorded':
      return withoutProposal(after, after.feedback);
    case 'ChangesRequestRecorded':
    case 'ExecutionRefusalRecorded':
    case 'ExecutionFailureRecorded':
      return withoutProposal(after, feedbackOf(fact));
    default:
      return after;
  }
};

/** What a case carries from its first fact on. */
export const rememberOpening = (data: FactOf<'CaseOpened'>['data']): Memory => ({
  caseId: data.caseId,
  definition: data.definition,
  state: data.state,
  requester: data.requester,
  input: data.input,
  results: {},
  visits: {},
});

const withResult = (memory: Memory, step: string, result: Record<string, unknown>): Memory => ({
  ...memory,
  results: { ...memory.results, [step]: result },
});

/** A proposal is its step's result too, so that guards and a later attempt can see it. */
const withProposal = (
  memory: Memory,
  step: string,
  proposal: Proposal,
  content: ProposalContent | undefined,
): Memory => {
  const tool = `${proposal.tool.name}@${proposal.tool.version}`;
  const live = { proposal, content: content as ProposalContent };
  return {
    ...withResult(memory, step, { tool, arguments: content?.arguments }),
    proposal: live,
    feedback: undefined,
    supersedes: undefined,
  };
};

const withRelease = (memory: Memory, releaseRevision: number): Memory => ({
  ...memory,
  proposal: memory.proposal && { ...memory.proposal, releaseRevision },
});

/** It is never asked about again: the way on leads through a new one. */
const withoutProposal = (memory: Memory, feedback: Feedback | undefined): Memory => ({
  ...memory,
  proposal: undefined,
  supersedes: memory.proposal?.proposal.proposalId ?? memory.supersedes,
  feedback,
});

const feedbackOf = (
  fact: FactOf<'ChangesRequestRecorded' | 'ExecutionRefusalRecorded' | 'ExecutionFailureRecorded'>,
): Feedback => {
  const { proposalId } = fact.data;
  switch (fact.type) {
    case 'ChangesRequestRecorded': {
      const { reasonCode, comment } = fact.data;
      return { kind: 'changes-requested', proposalId, reason: reasonCode, comment };
    }
    case 'ExecutionRefusalRecorded':
      return { kind: 'refused', proposalId, reason: fact.data.reason, comment: fact.data.detail };
    case 'ExecutionFailureRecorded':
      return { kind: 'not-done', proposalId, reason: 'failed', comment: fact.data.detail };
  }
};
