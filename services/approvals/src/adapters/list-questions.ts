import { roles, streams, type Role } from '@countersign/contracts';
import { fold } from '@countersign/decider';
import { readHistory, type Position } from '@countersign/event-store';
import { invalidRequest, mustHaveReached } from '@countersign/http';
import { changes, type ShownChange } from '@countersign/tools';
import type { ApprovalFact, ApprovalState, Ending } from '../domain/approval-facts.js';
import type { AssistanceFact } from '../domain/assistance-facts.js';
import type { Caller } from '../domain/people.js';
import type { ApprovalsParts } from './parts.js';
import {
  countQuestions,
  listQuestions,
  type PageEnd,
  type Question,
  type QuestionsQuery,
} from './questions-view.js';

/** Roles that see what a proposal says; the others see ids, queue, tool, state and instants. */
export const contentReaders = [
  'supervisor',
  'l2',
  'auditor',
  'risk-owner',
  'platform-owner',
] as const satisfies readonly Role[];
/** Everybody but upstream systems. */
export const listReaders = roles.filter((role) => role !== 'upstream') as [Role, ...Role[]];

const readsContent = (caller: Caller): boolean =>
  contentReaders.some((role) => caller.roles.includes(role));

export type ListQuery = Omit<QuestionsQuery, 'kind' | 'after'> & {
  readonly cursor?: string | undefined;
  readonly minPosition?: Position | undefined;
};

/** One line of an inbox. `content` only for those who may read it. */
export interface Listed extends Omit<Question, 'kind' | 'id' | 'ending'> {
  readonly ending: string | null;
  readonly content?: ListedContent | null;
}
export interface ListedApproval extends Listed {
  readonly proposalId: string;
}
export interface ListedAssistance extends Listed {
  readonly requestId: string;
}

export interface ListedContent {
  readonly title: string;
  /** What the request calls itself, in its sender's words; null when it does not. */
  readonly about: string | null;
  /** The first things that will change, for people who scan. */
  readonly changes: readonly ShownChange[];
  readonly flags: readonly string[];
  readonly author: string | null;
  readonly by: Ending['by'] | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  readonly cursor: string | null;
  /** How many are open, of this kind and in all. */
  readonly open: number;
  readonly position: Position | null;
}

/** @throws Problem 400 bad cursor or position; 503 the list has not read so far within 5 seconds */
export const listApprovals = async (
  parts: ApprovalsParts,
  caller: Caller,
  query: ListQuery,
): Promise<Page<ListedApproval>> => {
  const { items, ...page } = await pageOf(parts, 'approval', query);
  const withContent = readsContent(caller);
  return {
    items: await Promise.all(
      items.map(async ({ kind: _, id: proposalId, ...row }) => ({
        proposalId,
        ...row,
        ...(withContent && { content: await approvalContent(parts, proposalId) }),
      })),
    ),
    ...page,
  };
};

/** @throws Problem as `listApprovals` */
export const listAssistance = async (
  parts: ApprovalsParts,
  caller: Caller,
  query: ListQuery,
): Promise<Page<ListedAssistance>> => {
  const { items, ...page } = await pageOf(parts, 'assistance', query);
  const withContent = readsContent(caller);
  return {
    items: await Promise.all(
      items.map(async ({ kind: _, id: requestId, ...row }) => ({
        requestId,
        ...row,
        ...(withContent && { content: await assistanceContent(parts, requestId) }),
      })),
    ),
    ...page,
  };
};

const pageOf = async ({ view }: ApprovalsParts, kind: Question['kind'], query: ListQuery) => {
  const { cursor, minPosition, ...rest } = query;
  const after = cursor === undefined ? undefined : readCursor(cursor);
  if (minPosition !== undefined) await mustHaveReached(view, minPosition);
  // Taken before the rows: what is listed is at least as new as what it says.
  const position = view.position() ?? null;
  const { items, next } = listQuestions(view.reader, { ...rest, kind, after });
  const open = countQuestions(view.reader, kind, 'open');
  return { items, cursor: next ? cursorOf(next) : null, open, position };
};

const cursorOf = ({ value, id }: PageEnd): string =>
  Buffer.from(JSON.stringify([value, id])).toString('base64url');

const readCursor = (cursor: string): PageEnd => {
  try {
    const [value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (typeof value === 'string' && typeof id === 'string') return { value, id };
  } catch {
    // Answered like any other text that is no cursor of ours.
  }
  throw invalidRequest([{ parameter: 'cursor', message: 'take it from the page before' }]);
};

const changesInList = 3;
const textInListMax = 90;

const approvalContent = async (
  { journal, processes, tools }: ApprovalsParts,
  proposalId: string,
): Promise<ListedContent | null> => {
  const { events } = await readHistory<ApprovalFact>(journal, streams.approval(proposalId));
  const state = fold<ApprovalFact, ApprovalState>(processes.approval, events);
  if (state.phase === 'unrequested') return null;
  const { proposal, content, input } = state.request;
  const tool = await tools.find(proposal.tool);
  // Absent once it was erased.
  const rows = (content as typeof content | undefined)
    ? changes(tool ?? {}, content.arguments, content.target)
    : [];
  return {
    title: tool?.title ?? proposal.tool.name,
    about: subjectOf(input),
    changes: rows
      .filter(({ from, to }) => from !== to)
      .slice(0, changesInList)
      .map(({ field, from, to }) => ({ field, from: from && clipped(from), to: clipped(to) })),
    flags: proposal.flags,
    author: proposal.author.id,
    by: 'ending' in state ? (state.ending.by ?? null) : null,
  };
};

const assistanceContent = async (
  { journal }: ApprovalsParts,
  requestId: string,
): Promise<ListedContent | null> => {
  const { events } = await readHistory<AssistanceFact>(journal, streams.assist(requestId));
  const [asked, answered] = events;
  if (asked?.type !== 'AssistanceRequested') return null;
  const by = answered && 'by' in answered.data ? answered.data.by : null;
  const { reason: title, context } = asked.data as Partial<typeof asked.data>;
  const about = subjectOf(context?.input);
  return { title: title!, about, changes: [], flags: [], author: null, by };
};

/** Inputs differ by workflow; where one has a subject, people know it by that. */
const subjectOf = (input: Readonly<Record<string, unknown>> | undefined): string | null => {
  const subject = input?.['subject'];
  return typeof subject === 'string' && subject !== '' ? clipped(subject) : null;
};

const clipped = (text: string): string =>
  text.length > textInListMax ? `${text.slice(0, textInListMax).trimEnd()}…` : text;
