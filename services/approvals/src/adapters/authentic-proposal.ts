import { proposalIdOf, type Message, type orchestratorSays } from '@countersign/contracts';
import { Unacceptable } from '@countersign/messaging';
import { proposalDigest, verifyProposal, type TrustedKeys } from '@countersign/trust';

/**
 * What people are shown is what its author signed (rule 7), for the case it speaks of and under the
 * name that its request gives it.
 * @throws Unacceptable nobody is shown it; the message is dead-lettered
 */
export const mustBeAuthentic = (
  { caseId, data }: Message<'RequestApproval', orchestratorSays.RequestApproval>,
  keys: TrustedKeys,
): void => {
  const { proposal, content } = data;
  if (proposal.caseId !== caseId) {
    throw new Unacceptable('proposal-of-another-case', 'the proposal was made for another case');
  }
  if (proposal.proposalId !== proposalIdOf(proposal.requestId)) {
    throw new Unacceptable(
      'proposal-misnamed',
      'the proposal does not carry the id of its request',
    );
  }
  if (!verifyProposal(proposal, keys)) {
    throw new Unacceptable('signature-invalid', 'nobody who may sign proposals signed this one');
  }
  if (proposalDigest({ ...proposal, ...content }) !== proposal.digest) {
    throw new Unacceptable('digest-mismatch', 'the content is not what was signed');
  }
};
