import type { DatabaseSync } from 'node:sqlite';
import { caseStates, type CaseStateName } from '@countersign/contracts';
import { alarmTable, metadataOf, type StoredEvent } from '@countersign/event-store';
import type { CaseFact } from '../domain/facts.js';

/** One row a case. Nothing personal: words are read from the stream, with its keys. */
export interface CaseRow {
  readonly caseId: string;
  readonly correlationId: string;
  readonly workflow: string;
  readonly version: number;
  readonly state: CaseStateName;
  readonly step: string;
  readonly visit: number;
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
    version integer not null, state text not null, step text not null, visit integer not null,
    openedAt text not null, updatedAt text not null, dueAt text, endedAt text, outcome text,
    source text not null, sourceId text not null) without rowid;
  create index if not exists cases_opened on cases (openedAt);
  create index if not exists cases_state on cases (state, openedAt);
  create index if not exists cases_updated on cases (updatedAt);`;

/** The orchestrator's one view: the list of cases and the outstanding alarms. */
export const caseView = {
  version: 1,
  schema: schema + alarmTable.schema,
  project: (db: DatabaseSync): ((event: StoredEvent) => void) => {
    const keepAlarms = alarmTable.prepare(db);
    const keepCase = caseProjection(db);
    return (event) => {
      if (!event.stream.startsWith('case-')) return;
      keepAlarms(event);
      keepCase(event);
    };
  },
};

const caseProjection = (db: DatabaseSync) => {
  const open = db.prepare(
    'insert or replace into cases values (?, ?, ?, ?, ?, ?, ?, ?, ?, null, null, null, ?, ?)',
  );
  const move = db.prepare(
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
      const { name, version } = workflow;
      const at = [recordedAt, recordedAt] as const;
      open.run(caseId, $correlationId, name, version, state, step, visit, ...at, source, sourceId);
    } else move.run(state, step, visit, recordedAt, caseId);
    const { opens, settles } = event.data as { opens?: { dueAt: string }[]; settles?: string[] };
    if (opens || settles) due.run(opens?.[0]?.dueAt ?? null, caseId);
    if (fact.type === 'CaseEnded') end.run(recordedAt, fact.data.outcome, caseId);
  };
};

export const sortKeys = ['openedAt', 'updatedAt', 'dueAt'] as const;

export interface CaseQuery {
  readonly state?: readonly CaseStateName[] | undefined;
  readonly workflow?: string | undefined;
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
