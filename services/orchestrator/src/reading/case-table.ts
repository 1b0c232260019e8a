import type { DatabaseSync } from 'node:sqlite';
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
  project: (db: DatabaseSync): ((event: StoredEvent) => void) => {
    const keepAlarms = alarmTable.prepare(db);
    const keepCase = caseProjection(db);
    const keepOwners = ownersProjection(db);
    return (event) => {
      keepOwners(event);
      if (!event.stream.startsWith('case-')) return;
      keepAlarms(event);
      keepCase(event);
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

const caseProjection = (db: DatabaseSync) => {
  const open = db.prepare(
    'insert or replace into cases values (?, ?, ?, ?, ?, ?, ?, ?, null, null, ?, ?, null, null, null, ?, ?)',
  );
  const move = db.prepare(
    `update cases set state = ?, step = ?, visit = ?, updatedAt = ?, queue = ?, queueOwner = ?
     where caseId = ?`,
  );
  const stay = db.prepare(
    'update cases set state = ?, step = ?, visit = ?, updatedAt = ? where caseId = ?',
  );
  const due = db.prepare('update cases set dueAt = ? where caseId = ?');
  const end = db.prepare(
    'update cases set endedAt = ?, outcome = ?, dueAt = null where caseId = ?',
  );
  return (event: StoredEvent): void => {
    const { caseId, recordedAt, $correlationId } = metadataOf(event);
    const fact = { type: event.type, data: event.data } as CaseFact;
    const { state, step, visit } = fact.data;
    if (fact.type === 'CaseOpened') {
      const { workflow, source, sourceId } = fact.data;
      const { name, version, digest } = workflow;
      const at = [recordedAt, recordedAt] as const;
      const under = [name, version, digest] as const;
      open.run(caseId, $correlationId, ...under, state, step, visit, ...at, source, sourceId);
    } else if (fact.type === 'ApprovalExpiryAsked' || fact.type === 'AssistanceExpiryAsked') {
      stay.run(state, step, visit, recordedAt, caseId);
    } else {
      const { name, owner } = queueOf(fact);
      move.run(state, step, visit, recordedAt, name, owner, caseId);
    }
    const { opens, settles } = event.data as { opens?: { dueAt: string }[]; settles?: string[] };
    if (opens || settles) due.run(opens?.[0]?.dueAt ?? null, caseId);
    if (fact.type === 'CaseEnded') end.run(recordedAt, fact.data.outcome, caseId);
  };
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
