import type {
  CaseOutcome,
  CaseStateName,
  Feedback,
  Proposal,
  ProposalContent,
} from '@countersign/contracts';

// ── State: only what the next decision needs ────────────────────────────────────────────────

export type CaseState =
  | { readonly phase: 'unopened' }
  /** Between two facts of one append; no input ever meets it. */
  | Open<'moving'>
  | Waiting<'with-agent'>
  | (Waiting<'awaiting-approval'> & OfProposal)
  | Waiting<'awaiting-assistance'>
  | (Waiting<'executing'> & OfProposal)
  | (Waiting<'uncertain'> & OfProposal & Resolving)
  | { readonly phase: 'ended'; readonly definition: string; readonly outcome: CaseOutcome };

interface Open<Phase extends string> {
  readonly phase: Phase;
  readonly memory: Memory;
}

/** One request is outstanding; only what answers it, or its alarm, moves the case. */
interface Waiting<Phase extends string> extends Open<Phase> {
  readonly step: string;
  readonly visit: number;
  readonly requestId: string;
  readonly since: string;
  /** The deadline that is still open, if any. */
  readonly alarmId?: string | undefined;
}

interface OfProposal {
  readonly proposalId: string;
  readonly digest: string;
}

/** Nobody knows whether the write happened: a person was asked, and perhaps has said. */
interface Resolving {
  /** Outstanding until a person resolves it. */
  readonly resolutionId?: string | undefined;
  readonly askedAt: string;
  /** The order to the executor that followed; its answer counts as the execution's. */
  readonly settlingId?: string | undefined;
}

export type InPhase<Phase extends CaseState['phase']> = Extract<CaseState, { phase: Phase }>;
export type WaitingState = Extract<CaseState, { requestId: string }>;
export type ExecutingState = InPhase<'executing'> | InPhase<'uncertain'>;

/** What a case carries from step to step. */
export interface Memory {
  readonly caseId: string;
  /** Digest of the definition it started under, and stays on. */
  readonly definition: string;
  readonly state: CaseStateName;
  readonly requester?: string | undefined;
  readonly input: Record<string, unknown>;
  /** The latest visit's result, by step. */
  readonly results: Record<string, Record<string, unknown>>;
  readonly visits: Readonly<Record<string, number>>;
  /** The proposal that may still run, and the revision of its release once people agreed. */
  readonly proposal?: LiveProposal | undefined;
  /** The last proposal that ended without being run. */
  readonly supersedes?: string | undefined;
  readonly feedback?: Feedback | undefined;
}

export interface LiveProposal {
  readonly proposal: Proposal;
  readonly content: ProposalContent;
  readonly releaseRevision?: number | undefined;
}

export const unopened: CaseState = { phase: 'unopened' };
