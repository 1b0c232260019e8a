import type { Proposal, ProposalContent } from '@countersign/contracts';
import { digestOf } from './canonical.js';

/** What a proposal's digest covers: what will run, on what, for which case. */
export type DigestedProposal = Pick<Proposal, 'proposalId' | 'caseId'> & {
  readonly tool: Readonly<{ name: string; version: number }>;
} & Pick<ProposalContent, 'arguments' | 'witness' | 'salt'>;

/**
 * SHA-256 (hex) of JCS({proposalId, caseId, tool: "name@version", arguments, witness, salt}): equal
 * in the proposal, in the decision and in what runs (I4). Nothing else of the argument is covered.
 */
export const proposalDigest = (proposal: DigestedProposal): string =>
  digestOf({
    proposalId: proposal.proposalId,
    caseId: proposal.caseId,
    tool: `${proposal.tool.name}@${proposal.tool.version}`,
    arguments: proposal.arguments,
    witness: proposal.witness,
    salt: proposal.salt,
  });
