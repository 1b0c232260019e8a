import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { caseStates, type CaseStateName } from '@countersign/contracts';
import { alarmTable, metadataOf, type StoredEvent } from '@countersign/event-store';
import type { KeptDocument } from '../definitions/documents.js';
import type { WorkflowDocument } from '../definitions/workflow-document.js';
import type { CaseFact } from '../domain/facts.js';

/** One row a case. Nothing personal: words are read from the stream, with its keys. */
export interface CaseRow {
  readonly caseId: string;
  readonly correlationId: string;
  readonly workflow: string;
  readonly version: number;
  /** Digest of the definition that it runs under. */
  readonly definition: string;
  readonly state: CaseStateName;
  readonly step: string;
  readonly visit: number;
  /** Where people find it while it waits for them, and who answers for that queue. */
  readonly queue: string | null;
  readonly queueOwner: string | null;
  readonly openedAt: string;
  readonly updatedAt: string;
  /** When what it waits for expires, times out or counts as overdue. */
  readonly dueAt: string | null;
  readonly endedAt: string | null;
  readonly outcome: string | null;
  readonly source: string;
  readonly sourceId: string;
}

const schema = `
  create table if not exists cases (
    caseId text primary key, correlationId text not null, workflow text not null,
    version integer not null, definition text not null, state text not null, step text not null,
    visit integer not null, queue text, queueOwner text,
    openedAt text not null, updatedAt text not null, dueAt text, endedAt text, outcome text,
    source text not null, sourceId text not null) without rowid;
  create index if not exists cases_opened on cases (openedAt);
  create index if not exists cases_state on cases (state, openedAt);
  create index if not exists cases_updated on cases (updatedAt);
  create table if not exists owners (
    definition text not null, owner text not null, primary key (definition, owner)) without rowid;`;

/** The orchestrator's one view: the list of cases, who owns their workflows, outstanding alarms. */
export const caseView = {
  version: 2,
  prefixes: ['case-', 'definition-'],
  schema: schema + alarmTable.schema,
  project: (db: DatabaseSync): ((events: readonly StoredEvent[]) => void) => {
    const keepAlarms = alarmTable.prepare(db);
    const keepCases = caseProjection(db);
    const keepOwners = ownersProjection(db);
    return (events) => {
      events.forEach(keepOwners);
      const ofCases = events.filter(({ stream }) => stream.startsWith('case-'));
      keepAlarms(ofCases);
      keepCases(ofCases);
    };
  },
};

const ownersProjection = (db: DatabaseSync) => {
  const own = db.prepare('insert or ignore into owners values (?, ?)');
  return ({ type, data }: StoredEvent): void => {
    if (type !== 'DefinitionStored') return;
    const { kind, digest, document } = data as KeptDocument;
    if (kind !== 'workflow') return;
    const { owners } = document as WorkflowDocument;
    for (const owner of Object.values(owners)) own.run(digest, owner);
  };
};

/** What becomes of a case's row, column by column; the rest stays as it is. */
type Change = { -readonly [Column in keyof CaseRow]?: CaseRow[Column] };

/** One statement a case and batch, however many of its events came together. */
const caseProjection = (db: DatabaseSync) => {
  const statements = new Map<string, StatementSync>();
  const write = (change: Change, caseId: string) => {
    const columns = Object.keys(change);
    const named = columns.join();
    const found = statements.get(named);
    const statement = found ?? db.prepare(writing(columns, change.openedAt !== undefined));
    if (!found) statements.set(named, statement);
    statement.run(...Object.values(change), caseId);
  };
  return (events: readonly StoredEvent[]): void => {
    const changes = new Map<string, Change>();
    for (const event of events) {
      const { caseId } = metadataOf(event);
      const change = changes.get(caseId) ?? {};
      addTo(change, event);
      changes.set(caseId, change);
    }
    for (const [caseId, change] of changes) write(change, caseId);
  };
};

const writing = (columns: readonly string[], opens: boolean): string =>
  opens
    ? `insert or replace into cases (${columns.join()}, caseId)
       values (${columns.map(() => '?').join()}, ?)`
    : `update cases set ${columns.map((column) => `${column} = ?`).join()} where caseId = ?`;

const addTo = (change: Change, event: StoredEvent): void => {
  const { recordedAt, $correlationId } = metadataOf(event);
  const fact = { type: event.type, data: event.data } as CaseFact;
  change.state = fact.data.state;
  change.step = fact.data.step;
  change.visit = fact.data.visit;
  change.updatedAt = recordedAt;
  if (fact.type === 'CaseOpened') {
    const { workflow, source, sourceId } = fact.data;
    const { name, version, digest } = workflow;
    Object.assign(change, { correlationId: $correlationId, source, sourceId });
    Object.assign(change, { workflow: name, version, definition: digest, openedAt: recordedAt });
  }
  if (fact.type !== 'ApprovalExpiryAsked' && fact.type !== 'AssistanceExpiryAsked') {
    const { name, owner } = queueOf(fact);
    change.queue = name;
    change.queueOwner = owner;
  }
  const { opens, settles } = event.data as { opens?: { dueAt: string }[]; settles?: string[] };
  if (opens || settles) change.dueAt = opens?.[0]?.dueAt ?? null;
  if (fact.type === 'CaseEnded') {
    Object.assign(change, { endedAt: recordedAt, outcome: fact.data.outcome, dueAt: null });
  }
};

const noQueue = { name: null, owner: null };
const queueOf = (fact: CaseFact): { name: string | null; owner: string | null } =>
  fact.type === 'ApprovalAsked' || fact.type === 'AssistanceAsked' ? fact.data.queue : noQueue;

export const sortKeys = ['openedAt', 'updatedAt', 'dueAt'] as const;

export interface CaseQuery {
  readonly state?: readonly CaseStateName[] | undefined;
  readonly workflow?: string | undefined;
  /** Who answers for it: by the owners of its workflow, or of the queue that it waits in. */
  readonly owner?: string | undefined;
  readonly queue?: string | undefined;
  readonly openedBefore?: string | undefined;
  readonly openedAfter?: string | undefined;
  readonly open?: boolean | undefined;
  readonly sort: (typeof sortKeys)[number];
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** A page of cases, and how many there are in all. */
export const listCases = (
  db: DatabaseSync,
  query: CaseQuery,
): { readonly items: readonly CaseRow[]; readonly total: number } => {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const where = (condition: string, ...given: (string | number)[]) => {
    conditions.push(condition);
    values.push(...given);
  };
  if (query.state) where(`state in (${query.state.map(() => '?').join(', ')})`, ...query.state);
  if (query.workflow) where('workflow = ?', query.workflow);
  if (query.owner) {
    const owned = 'definition in (select definition from owners where owner = ?)';
    where(`(queueOwner = ? or ${owned})`, query.owner, query.owner);
  }
  if (query.queue) where('queue = ?', query.queue);
  if (query.openedBefore) where('openedAt < ?', query.openedBefore);
  if (query.openedAfter) where('openedAt > ?', query.openedAfter);
  if (query.open !== undefined) where(query.open ? 'endedAt is null' : 'endedAt is not null');
  const filter = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
  const order = `order by ${query.sort} ${query.order} nulls last, caseId ${query.order}`;
  const items = db
    .prepare(`select * from cases ${filter} ${order} limit ? offset ?`)
    .all(...values, query.limit, query.offset) as unknown as CaseRow[];
  const { total } = db.prepare(`select count(*) as total from cases ${filter}`).get(...values) as {
    total: number;
  };
  return { items, total };
};

/** How many cases are in each state, states without a case included. */
export const countByState = (db: DatabaseSync): Readonly<Record<CaseStateName, number>> => {
  const rows = db
    .prepare('select state, count(*) as n from cases group by state')
    .all() as unknown as {
    state: CaseStateName;
    n: number;
  }[];
  const found = new Map(rows.map(({ state, n }) => [state, n]));
  return Object.fromEntries(caseStates.map((state) => [state, found.get(state) ?? 0])) as Record<
    CaseStateName,
    number
  >;
};
