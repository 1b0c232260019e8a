import {
  reasonCodes,
  streams,
  type ApprovalStream,
  type Proposal,
  type ProposalContent,
  type Stage,
} from '@countersign/contracts';
import { fold, type Recorded } from '@countersign/decider';
import { metadataOf, readHistory, type Position } from '@countersign/event-store';
import { changes, type ShownChange, type Tool } from '@countersign/tools';
import { canonical } from '@countersign/trust';
import {
  decisionNames,
  type ApprovalFact,
  type ApprovalRequest,
  type ApprovalState,
  type DecisionName,
} from '../domain/approval-facts.js';
import type { Caller } from '../domain/people.js';
import { refusalOf, resolutionRefusal } from '../domain/refusals.js';
import { problemOf } from './refusal-problems.js';
import { refusalWords, type Refusal } from './refusal-words.js';
import type { ApprovalsParts } from './parts.js';
import { currentStage } from './stage-records.js';

export type ActionName = DecisionName | 'resolve';
/** Whether the caller may do it now, and why not otherwise. */
export interface AllowedAction {
  readonly action: ActionName;
  readonly allowed: boolean;
  readonly code?: string;
  readonly reason?: string;
}

/** A proposal as its stream tells it now, for one caller. */
export interface ApprovalShown {
  readonly proposalId: string;
  readonly caseId: string;
  readonly correlationId: string;
  readonly state: 'open' | 'ended' | 'uncertain';
  readonly ending: Decided | null;
  readonly uncertain: { readonly since: string; readonly reason: string } | null;
  readonly resolution: Resolved | null;
  readonly queue: ApprovalRequest['queue'];
  readonly need: ApprovalRequest['need'];
  readonly workflow: ApprovalRequest['workflow'];
  readonly step: string;
  readonly visit: number;
  readonly tool: ToolShown;
  readonly stage: Stage;
  readonly digest: string;
  readonly author: Proposal['author'];
  readonly model: Proposal['model'] | null;
  readonly createdAt: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly supersedes: string | null;
  readonly flags: readonly string[];
  readonly evidence: Proposal['evidence'];
  /** What will run and what it rests on; null once it was erased. */
  readonly content: ContentShown | null;
  readonly allowedActions: readonly AllowedAction[];
  readonly reasonCodes: typeof reasonCodes;
  readonly position: Position;
}

export type Decided = Extract<ApprovalState, { phase: 'ended' }>['ending'] &
  Pick<ApprovalStream['ApprovalDecided'], 'reasonCode' | 'comment' | 'record' | 'signature'>;
type Resolved = Extract<ApprovalState, { phase: 'resolved' }>['resolution'] & {
  readonly evidence?: string | undefined;
};

export interface ToolShown {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly title: string;
  readonly reversibility: string | null;
  readonly owner: string | null;
}

export interface ContentShown extends ProposalContent {
  /** The arguments by RFC 8785: what the digest covers, to the byte. */
  readonly canonicalArguments: string;
  readonly changes: readonly ShownChange[];
  /** The original request: verify against it, not against the model's words. */
  readonly input: ApprovalRequest['input'];
  readonly requester: string | null;
}

/** @throws Problem 404 when nobody was asked about it */
export const showApproval = async (
  parts: ApprovalsParts,
  proposalId: string,
  caller: Caller,
): Promise<ApprovalShown> => {
  const { journal, processes, tools } = parts;
  const { events, last } = await readHistory<ApprovalFact>(journal, streams.approval(proposalId));
  const state = fold<ApprovalFact, ApprovalState>(processes.approval, events);
  if (!last || state.phase === 'unrequested') throw problemOf({ code: 'unknown-proposal' });
  const { request } = state;
  const { proposal } = request;
  const tool = await tools.find(proposal.tool);
  const stage = await currentStage(journal, proposal.tool);
  const { queue, need, workflow, step, visit, expiresAt } = request;
  const { digest, author, createdAt, flags, evidence } = proposal;
  return {
    proposalId,
    caseId: proposal.caseId,
    correlationId: metadataOf(last).$correlationId,
    state: stateOf(state),
    ending: endingOf(state, events),
    uncertain: uncertaintyIn(state, events),
    resolution: resolutionOf(state, events),
    ...{ queue, need, workflow, step, visit },
    tool: toolShown(proposal.tool, tool),
    stage,
    ...{ digest, author, createdAt, flags, evidence, expiresAt },
    model: proposal.model ?? null,
    requestedAt: events[0]!.recordedAt,
    supersedes: proposal.supersedes ?? null,
    content: contentOf(request, tool),
    allowedActions: actionsFor(state, caller, stage, journal.clock.now()),
    reasonCodes,
    position: last.position,
  };
};

/** Ended means that nobody is waited for; an uncertain write waits for a person again. */
export const stateOf = ({ phase }: ApprovalState): ApprovalShown['state'] =>
  phase === 'open' || phase === 'uncertain' ? phase : 'ended';

export const toolShown = (reference: Proposal['tool'], tool: Tool | undefined): ToolShown => ({
  ...reference,
  title: tool?.title ?? reference.name,
  reversibility: tool?.reversibility ?? null,
  owner: tool?.owner ?? null,
});

type Erasable = Omit<ApprovalRequest, 'content' | 'input'> &
  Partial<Pick<ApprovalRequest, 'content' | 'input'>>;

const contentOf = (request: Erasable, tool: Tool | undefined): ContentShown | null => {
  const { content, input, requester } = request;
  if (!content || !input) return null;
  return {
    ...content,
    canonicalArguments: canonical(content.arguments),
    changes: changes(tool ?? {}, content.arguments, content.target),
    input,
    requester: requester ?? null,
  };
};

type Events = readonly Recorded<ApprovalFact>[];
type Of<Type extends ApprovalFact['type']> = Extract<Recorded<ApprovalFact>, { type: Type }>;
const lastOf = <Type extends ApprovalFact['type']>(events: Events, type: Type) =>
  events.findLast((event): event is Of<Type> => event.type === type);

const endingOf = (state: ApprovalState, events: Events): Decided | null => {
  if (!('ending' in state)) return null;
  const { reasonCode, comment, record, signature } = lastOf(events, 'ApprovalDecided')?.data ?? {};
  return { ...state.ending, reasonCode, comment, record, signature };
};

const uncertaintyIn = (state: ApprovalState, events: Events) => {
  const { since, reason } = lastOf(events, 'ResolutionRequested')?.data ?? {};
  return state.phase === 'uncertain' ? { since: since!, reason: reason! } : null;
};

const resolutionOf = (state: ApprovalState, events: Events): Resolved | null => {
  if (state.phase !== 'resolved') return null;
  return { ...state.resolution, evidence: lastOf(events, 'OutcomeResolved')?.data.evidence };
};

const actionsFor = (
  state: ApprovalState,
  caller: Caller,
  stage: Stage,
  at: string,
): readonly AllowedAction[] => [
  ...decisionNames.map((decision) =>
    action(decision, refusalOf(state, { decision, caller, stage, at })),
  ),
  action('resolve', resolutionRefusal(state, caller)),
];

export const action = <Name extends string>(name: Name, refusal: Refusal | undefined) =>
  refusal
    ? { action: name, allowed: false, code: refusal.code, reason: refusalWords(refusal) }
    : { action: name, allowed: true };
