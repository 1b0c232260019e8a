import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { streams, type Proposal, type Reference } from '@countersign/contracts';
import { metadataOf, type StoredEvent } from '@countersign/event-store';

export const questionStates = ['open', 'ended', 'uncertain'] as const;
export type QuestionState = (typeof questionStates)[number];
export type QuestionKind = 'approval' | 'assistance';

/** One thing asked of people. Nothing personal: words are read from the stream, with its keys. */
export interface Question {
  /** Proposal id, or request id of an assistance. */
  readonly id: string;
  readonly kind: QuestionKind;
  readonly caseId: string;
  readonly queue: string;
  /** `name@version`; null for an assistance. */
  readonly tool: string | null;
  readonly state: QuestionState;
  readonly ending: string | null;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
}

const schema = `
  create table if not exists questions (
    id text primary key, kind text not null, caseId text not null, queue text not null, tool text,
    state text not null, ending text, requestedAt text not null, expiresAt text not null,
    endedAt text) without rowid;
  create index if not exists questions_expires on questions (kind, state, expiresAt, id);
  create index if not exists questions_requested on questions (kind, state, requestedAt, id);
  create index if not exists questions_ended on questions (kind, state, endedAt, id);
  create index if not exists questions_case on questions (caseId);`;

interface Asked {
  readonly queue: { readonly name: string };
  readonly expiresAt: string;
  readonly proposal?: Pick<Proposal, 'tool'>;
}

const endings: Readonly<Record<string, string>> = {
  ApprovalReleased: 'released',
  ApprovalRejected: 'rejected',
  ApprovalChangesRequested: 'changes-requested',
  ApprovalExpired: 'expired',
  AssistanceProposed: 'proposed',
  AssistanceDeclined: 'declined',
  AssistanceExpired: 'expired',
};

/** The service's one view: what was asked of people and how it stands, by instants. */
export const questionsView = {
  version: 1,
  schema,
  prefixes: [streams.approval(''), streams.assist('')],
  project: (db: DatabaseSync): ((events: readonly StoredEvent[]) => void) => {
    const ask = db.prepare(
      `insert or replace into questions values (?, ?, ?, ?, ?, 'open', null, ?, ?, null)`,
    );
    const end = db.prepare(
      `update questions set state = 'ended', ending = ?, endedAt = ? where id = ?`,
    );
    const move = db.prepare('update questions set state = ? where id = ?');
    const take = (event: StoredEvent) => {
      const kind = event.stream.startsWith(streams.approval('')) ? 'approval' : 'assistance';
      const id = event.stream.slice(kind === 'approval' ? 'approval-'.length : 'assist-'.length);
      const { recordedAt, caseId } = metadataOf(event);
      if (event.type === 'ApprovalRequested' || event.type === 'AssistanceRequested') {
        const { queue, expiresAt, proposal } = event.data as Asked;
        const tool = proposal ? nameOf(proposal.tool) : null;
        ask.run(id, kind, caseId, queue.name, tool, recordedAt, expiresAt);
      } else if (endings[event.type]) end.run(endings[event.type]!, recordedAt, id);
      else if (event.type === 'ResolutionRequested') move.run('uncertain', id);
      else if (event.type === 'OutcomeResolved') move.run('ended', id);
    };
    return (events) => events.forEach(take);
  },
};

const nameOf = ({ name, version }: Reference): string => `${name}@${version}`;

export const sortKeys = ['expiresAt', 'requestedAt', 'endedAt'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface QuestionsQuery {
  readonly kind: QuestionKind;
  readonly state?: QuestionState | undefined;
  readonly queue?: string | undefined;
  /** With or without `@version`. */
  readonly tool?: string | undefined;
  readonly caseId?: string | undefined;
  readonly sort: SortKey;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: PageEnd | undefined;
}
/** The row a page ended with. It stays a good place to go on from when rows come and go. */
export interface PageEnd {
  readonly value: string;
  readonly id: string;
}

export interface QuestionsPage {
  readonly items: readonly Question[];
  readonly next: PageEnd | undefined;
}

/** A page of what was asked, in a stable order. */
export const listQuestions = (db: DatabaseSync, query: QuestionsQuery): QuestionsPage => {
  const { kind, state, queue, tool, caseId, sort, order, limit, after } = query;
  const conditions = ['kind = ?', `${sort} is not null`];
  const values: SQLInputValue[] = [kind];
  const where = (condition: string, ...given: SQLInputValue[]) => {
    conditions.push(condition);
    values.push(...given);
  };
  if (state) where('state = ?', state);
  if (queue !== undefined) where('queue = ?', queue);
  if (tool?.includes('@')) where('tool = ?', tool);
  else if (tool !== undefined) where(`substr(tool, 1, instr(tool, '@') - 1) = ?`, tool);
  if (caseId !== undefined) where('caseId = ?', caseId);
  if (after) where(`(${sort}, id) ${order === 'asc' ? '>' : '<'} (?, ?)`, after.value, after.id);
  const rows = db
    .prepare(
      `select * from questions where ${conditions.join(' and ')}
       order by ${sort} ${order}, id ${order} limit ?`,
    )
    .all(...values, limit + 1) as unknown as Question[];
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    next: rows.length > limit && last ? { value: last[sort]!, id: last.id } : undefined,
  };
};

/** How many things of a kind wait in a state. */
export const countQuestions = (
  db: DatabaseSync,
  kind: QuestionKind,
  state: QuestionState,
): number =>
  (
    db
      .prepare('select count(*) as n from questions where kind = ? and state = ?')
      .get(kind, state) as { n: number }
  ).n;
