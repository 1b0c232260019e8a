import type {
  ApprovalStream,
  DecisionRecord,
  Proposal,
  ProposalContent,
  Reference,
} from '@countersign/contracts';
import type { Fact, Recorded } from '@countersign/decider';
import {
  proposalDigest,
  verifyDecision,
  verifyProposal,
  type TrustedKeys,
} from '@countersign/trust';

/** What approvals publishes in `approval-{proposalId}`. */
export type ApprovalFact = {
  [Type in keyof ApprovalStream]: Fact<Type, ApprovalStream[Type]>;
}[keyof ApprovalStream];

/** What a command claims; nothing of it is believed. */
export interface ExecutionCommand {
  readonly caseId: string;
  readonly proposalId: string;
  readonly digest: string;
  readonly releaseRevision: number;
}

/** The approval of one proposal, as it was shown, decided, countersigned and released. */
export interface Authority {
  readonly proposal: Proposal;
  readonly content: ProposalContent;
  readonly record: DecisionRecord;
  /** Type of an event by which the proposal ended otherwise, if there is one. */
  readonly endedBy?: string | undefined;
}

export interface Unverified {
  /** The verification that failed, by name. */
  readonly why: VerificationName;
}
export const isVerified = (found: Authority | Unverified): found is Authority => 'record' in found;

type Of<Type extends ApprovalFact['type']> = Recorded<Extract<ApprovalFact, { type: Type }>>;

interface Papers {
  readonly command: ExecutionCommand;
  readonly requested: Of<'ApprovalRequested'>;
  readonly decided: Of<'ApprovalDecided'>;
  readonly released: Of<'ApprovalReleased'>;
  readonly record: DecisionRecord;
  readonly keys: TrustedKeys;
}

const sameReference = (a: Reference, b: Reference): boolean =>
  a.name === b.name && a.version === b.version && a.digest === b.digest;

const allEqual = (first: unknown, ...others: unknown[]): boolean =>
  others.every((other) => other === first);

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, n) => item === b[n]);

/**
 * What makes a release an authority for exactly this command (rule 7, I1, I4, C8), in the order in
 * which it is asked. The first that does not hold names the refusal.
 */
const verifications = {
  'release-before-request': ({ requested, decided, released }: Papers) =>
    requested.revision < decided.revision && decided.revision < released.revision,
  'request-differs': ({ requested, released }: Papers) =>
    released.data.requestId === requested.data.requestId,
  'proposal-differs': ({ command, requested, released, record }: Papers) =>
    allEqual(
      command.proposalId,
      requested.data.proposal.proposalId,
      released.data.proposalId,
      record.proposalId,
    ),
  'case-differs': ({ command, requested, record }: Papers) =>
    allEqual(command.caseId, requested.data.proposal.caseId, record.caseId),
  'tool-differs': ({ requested, record }: Papers) =>
    sameReference(requested.data.proposal.tool, record.tool),
  'workflow-differs': ({ requested, record }: Papers) =>
    sameReference(requested.data.workflow, record.workflow),
  'shown-differs': ({ requested, record }: Papers) =>
    record.caseRevision === requested.data.caseRevision &&
    sameList(record.flagsShown, requested.data.proposal.flags) &&
    sameList(
      record.evidence,
      requested.data.proposal.evidence.map(({ digest }) => digest),
    ),
  'approver-differs': ({ decided, released, record }: Papers) =>
    allEqual(record.approver.sub, decided.data.by.sub, released.data.by.sub) &&
    allEqual(record.approver.role, decided.data.by.role, released.data.by.role),
  'decided-too-late': ({ requested, record }: Papers) =>
    record.expiresAt === requested.data.expiresAt && record.decidedAt < record.expiresAt,
  'content-erased': ({ requested }: Papers) => requested.data.content !== undefined,
  'digest-differs': ({ command, requested, decided, released, record }: Papers) => {
    const { proposal, content } = requested.data;
    return allEqual(
      proposalDigest({ ...content, ...proposal }),
      proposal.digest,
      record.digest,
      decided.data.digest,
      released.data.digest,
      command.digest,
    );
  },
  'proposal-unsigned': ({ requested, keys }: Papers) =>
    verifyProposal(requested.data.proposal, keys),
  'decision-unsigned': ({ decided, record, keys }: Papers) =>
    decided.data.signature !== undefined && verifyDecision(record, decided.data.signature, keys),
};
const inOrder = Object.entries(verifications) as [
  keyof typeof verifications,
  (papers: Papers) => boolean,
][];

/** What cannot even be compared does not verify. */
const holdsFor = (papers: Papers, holds: (papers: Papers) => boolean): boolean => {
  try {
    return holds(papers);
  } catch {
    return false;
  }
};

/** Every way in which a command can fail to be backed by an approval. */
export type VerificationName =
  | 'request-absent'
  | 'release-absent'
  | 'decision-absent'
  | 'approval-unreadable'
  | keyof typeof verifications;

/**
 * Finds the authority for a command in the approval's own stream and verifies all of it with the
 * keys that the deployment trusts.
 * @param history the whole of `approval-{proposalId}`, sealed fields opened
 */
export const verifyAuthority = (
  command: ExecutionCommand,
  history: readonly Recorded<ApprovalFact>[],
  keys: TrustedKeys,
): Authority | Unverified => {
  const requested = history.find((event) => event.type === 'ApprovalRequested');
  if (!requested) return { why: 'request-absent' };
  const released = history.find(({ revision }) => revision === command.releaseRevision);
  if (released?.type !== 'ApprovalReleased') return { why: 'release-absent' };
  const decided = history.find(
    (event) => event.type === 'ApprovalDecided' && event.data.decision === 'approve',
  ) as Of<'ApprovalDecided'> | undefined;
  const record = decided?.data.record;
  if (!decided || !record) return { why: 'decision-absent' };
  const papers = { command, requested, decided, released, record, keys };
  const failed = inOrder.find(([, holds]) => !holdsFor(papers, holds));
  if (failed) return { why: failed[0] };
  const { proposal, content } = requested.data;
  return { proposal, content, record, endedBy: otherEnding(history, released.revision) };
};

/** What may stand after a release without ending it; an event that we do not know ends it. */
const harmlessAfterRelease: readonly string[] = ['ResolutionRequested', 'OutcomeResolved'];
const endings: readonly string[] = [
  'ApprovalExpired',
  'ApprovalRejected',
  'ApprovalChangesRequested',
];

const otherEnding = (
  history: readonly Recorded<ApprovalFact>[],
  releaseRevision: number,
): string | undefined =>
  history.find(
    ({ type, revision }) =>
      endings.includes(type) ||
      (revision > releaseRevision && !harmlessAfterRelease.includes(type)),
  )?.type;
