import {
  decisionContext,
  proposalContext,
  type DecisionRecord,
  type Proposal,
  type Signature,
  type UnsignedProposal,
} from '@countersign/contracts';
import type { Signer, TrustedKeys } from './port.js';

/** What the signature of a proposal covers: all of it but the signature. */
export const payloadOf = ({ signature: _, ...payload }: Proposal): UnsignedProposal => payload;

/** The proposal, signed by its author's service. */
export const signProposal = (proposal: UnsignedProposal, signer: Signer): Proposal => ({
  ...proposal,
  signature: signer.sign(proposalContext, proposal),
});

/**
 * True when one of these services signed exactly this proposal with a key valid at its `createdAt`.
 * Says nothing about content: compare `proposalDigest` with `proposal.digest` too.
 */
export const verifyProposal = (
  proposal: Proposal,
  keys: TrustedKeys,
  by: readonly string[] = proposalSigners(proposal),
): boolean =>
  keys.verify(proposalContext, payloadOf(proposal), proposal.signature, by, proposal.createdAt);

/** Agent speaks for a model; approvals for a person who wrote the proposal (rule 7). */
const proposalSigners = (proposal: Proposal): readonly string[] => {
  if (proposal.author.type === 'agent') return ['agent'];
  return proposal.author.type === 'human' ? ['approvals'] : [];
};

/** The countersignature of approvals under a decision. */
export const signDecision = (record: DecisionRecord, signer: Signer): Signature =>
  signer.sign(decisionContext, record);

/** True when approvals signed exactly this record with a key valid at its `decidedAt`. */
export const verifyDecision = (
  record: DecisionRecord,
  signature: Signature,
  keys: TrustedKeys,
  by: readonly string[] = ['approvals'],
): boolean => keys.verify(decisionContext, record, signature, by, record.decidedAt);
