import { z } from 'zod';
import { message, type DataOf } from './message.js';
import { proposal, proposalContent } from './proposal.js';

const answers = z.uuid();

/** A step that only reads and thinks is done, e.g. a classification. */
export const AgentStepDone = message(
  'AgentStepDone',
  { answers, result: z.record(z.string(), z.unknown()) },
  ['result'],
);
export type AgentStepDone = DataOf<typeof AgentStepDone>;

/** The agent proposes a write, signed by the agent service. */
export const ProposalSubmitted = message(
  'ProposalSubmitted',
  { answers, proposal, content: proposalContent },
  ['content'],
);
export type ProposalSubmitted = DataOf<typeof ProposalSubmitted>;

/** Why an agent gives a step to a person. */
export const abstainReasons = [
  'unknown-request',
  'missing-information',
  'not-found',
  'unreadable-answer',
  'model-unavailable',
  'refused-tool',
  'limit-reached',
  'suspicious-content',
] as const;

/** The agent gives the step to a person. */
export const AgentAbstained = message(
  'AgentAbstained',
  { answers, reason: z.enum(abstainReasons), explanation: z.string() },
  ['explanation'],
);
export type AgentAbstained = DataOf<typeof AgentAbstained>;
