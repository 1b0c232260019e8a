import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { caseStates } from '@countersign/contracts';
import type { Recorded } from '@countersign/decider';
import type { StoredEvent } from '@countersign/event-store';
import fc from 'fast-check';
import type { CaseFact } from '../../src/domain/facts.js';
import {
  caseView,
  countByState,
  listCases,
  sortKeys,
  type CaseQuery,
  type CaseRow,
} from '../../src/reading/case-table.js';
import { supportTicket } from '../domain/definitions-walked.js';
import { stories } from '../domain/stories.js';
import { idOf, sha256Of } from '../domain/told.js';
import {
  asStored,
  definitions,
  histories,
  interleaved,
  ownersOf,
  someCases,
  under,
  type ACaseSoFar,
} from './some-cases.js';

let db: DatabaseSync;
let take: (events: readonly StoredEvent[]) => void;
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  db.exec(caseView.schema);
  take = caseView.project(db);
});

/** What the row must be, from the events alone and by nothing of the view. */
const rowOf = ({ caseId, events }: ACaseSoFar): CaseRow => {
  const [first, last] = [events[0]!, events.at(-1)!];
  if (first.type !== 'CaseOpened') throw new Error('a case begins with its opening');
  const ended = events.find((event) => event.type === 'CaseEnded');
  return {
    caseId,
    correlationId: `corr-${caseId}`,
    workflow: first.data.workflow.name,
    version: first.data.workflow.version,
    definition: first.data.definition,
    state: last.data.state,
    step: last.data.step,
    visit: last.data.visit,
    ...queueAfter(events),
    openedAt: first.recordedAt,
    updatedAt: last.recordedAt,
    dueAt: alarmsOf(events)[0]?.dueAt ?? null,
    endedAt: ended?.recordedAt ?? null,
    outcome: ended?.data.outcome ?? null,
    source: first.data.source,
    sourceId: first.data.sourceId,
  };
};

/** That of the last request to people, as long as nothing but its expiry was asked since. */
const queueAfter = (events: readonly Recorded<CaseFact>[]) => {
  const last = events.findLast(({ type }) => !type.endsWith('ExpiryAsked'));
  const asked = last?.type === 'ApprovalAsked' || last?.type === 'AssistanceAsked';
  const { name, owner } = asked ? last.data.queue : { name: null, owner: null };
  return { queue: name, queueOwner: owner };
};

const alarmsOf = (events: readonly Recorded<CaseFact>[]) => {
  const settled = new Set(events.flatMap(({ settles }) => settles));
  return events.flatMap(({ opens }) => opens).filter(({ id }) => !settled.has(id));
};

const aQuery: fc.Arbitrary<CaseQuery> = fc.record({
  state: fc.option(fc.uniqueArray(fc.constantFrom(...caseStates), { minLength: 1 }), {
    nil: undefined,
  }),
  workflow: fc.constantFrom(undefined, 'support-ticket', 'another'),
  owner: fc.constantFrom(undefined, 'legal', 'oncall', 'head-of-support', 'nobody'),
  queue: fc.constantFrom(undefined, 'support-supervisors', 'support-leads', 'another'),
  openedBefore: fc.constantFrom(undefined, '2026-01-05T09:00:02.500Z'),
  openedAfter: fc.constantFrom(undefined, '2026-01-05T09:00:01.000Z'),
  open: fc.constantFrom(undefined, true, false),
  sort: fc.constantFrom(...sortKeys),
  order: fc.constantFrom('asc', 'desc'),
  limit: fc.integer({ min: 1, max: 8 }),
  offset: fc.integer({ min: 0, max: 8 }),
});

const matches = (row: CaseRow, query: CaseQuery): boolean =>
  (query.state?.includes(row.state) ?? true) &&
  (query.workflow === undefined || row.workflow === query.workflow) &&
  (query.owner === undefined || owns(query.owner, row)) &&
  (query.queue === undefined || row.queue === query.queue) &&
  (query.openedBefore === undefined || row.openedAt < query.openedBefore) &&
  (query.openedAfter === undefined || row.openedAt > query.openedAfter) &&
  (query.open === undefined || (row.endedAt === null) === query.open);

const owns = (owner: string, { definition, queueOwner }: CaseRow): boolean =>
  queueOwner === owner || Object.values(ownersOf[definition]!).includes(owner);

/** By the key, nothing last either way; by case id where the keys are equal. */
const inOrder =
  ({ sort, order }: CaseQuery) =>
  (a: CaseRow, b: CaseRow): number => {
    const [x, y] = [a[sort], b[sort]];
    const sign = order === 'asc' ? 1 : -1;
    if (x === null || y === null) {
      if (x !== y) return x === null ? 1 : -1;
    } else if (x !== y) return x < y ? -sign : sign;
    return a.caseId < b.caseId ? -sign : sign;
  };

const everything: CaseQuery = { sort: 'openedAt', order: 'asc', limit: 200, offset: 0 };
const fill = (cases: readonly ACaseSoFar[], batchMax = 1) => {
  db.exec('delete from cases; delete from alarms; delete from owners');
  take(definitions);
  const events = interleaved(cases);
  for (let n = 0; n < events.length; n += batchMax) take(events.slice(n, n + batchMax));
};

describe('the table of cases (A8)', () => {
  it('is what the streams come to, row by row (I9)', () => {
    fc.assert(
      fc.property(someCases, fc.integer({ min: 1, max: 60 }), (cases, batchMax) => {
        fill(cases, batchMax);
        const rows = cases.map(rowOf).sort(inOrder(everything));
        const { items, total } = listCases(db, everything);
        expect(items.map((item) => ({ ...item }))).toEqual(rows);
        expect(total).toBe(rows.length);
      }),
    );
  });

  it('filters, sorts and pages as one would by hand, and counts what it did not show', () => {
    fc.assert(
      fc.property(someCases, fc.array(aQuery, { maxLength: 6 }), (cases, queries) => {
        fill(cases);
        const rows = cases.map(rowOf);
        for (const query of queries) {
          const wanted = rows.filter((row) => matches(row, query)).sort(inOrder(query));
          const { items, total } = listCases(db, query);
          const page = wanted.slice(query.offset, query.offset + query.limit);
          expect(items.map(({ caseId }) => caseId)).toEqual(page.map(({ caseId }) => caseId));
          expect(total).toBe(wanted.length);
        }
      }),
    );
  });

  it('knows an owner by the workflow, or by the queue for as long as a case waits in it', () => {
    const definition = sha256Of('theirs');
    const events = stories['refused-then-uncertain-then-resolved']!(supportTicket).events;
    const found = (count: number, owner: string) => {
      const told = events.slice(0, count).map((event) => under(definition, event));
      fill([{ caseId: idOf('owned'), events: told }]);
      return listCases(db, { ...everything, owner }).total;
    };
    const asked = events.findIndex(({ type }) => type === 'ApprovalAsked') + 1;
    expect([asked - 1, asked, asked + 1].map((n) => found(n, 'head-of-support'))).toEqual([
      0, 1, 0,
    ]);
    expect([asked, events.length].map((n) => found(n, 'legal'))).toEqual([1, 1]);
    expect(found(asked, 'head-of-returns')).toBe(0);
  });

  it('counts the cases of every state, of those too that no case is in', () => {
    fc.assert(
      fc.property(someCases, (cases) => {
        fill(cases);
        const counts = countByState(db);
        expect(Object.keys(counts)).toEqual([...caseStates]);
        for (const state of caseStates) {
          const wanted = cases.filter((one) => rowOf(one).state === state).length;
          expect(counts[state]).toBe(wanted);
        }
      }),
    );
  });

  it.each([1, 2, 100])('keeps just the alarms that are outstanding, %i at once', (batchMax) => {
    for (const [n, events] of histories.entries()) {
      fill([{ caseId: idOf(`case ${n}`), events }], batchMax);
      const rows = db.prepare('select id from alarms order by id').all() as { id: string }[];
      const wanted = alarmsOf(events).map(({ id }) => id);
      expect(rows.map(({ id }) => id)).toEqual(wanted.sort());
    }
  });

  it('holds nothing of what people wrote', () => {
    fill(histories.map((events, n) => ({ caseId: idOf(`case ${n}`), events })));
    const text = JSON.stringify([
      db.prepare('select * from cases').all(),
      db.prepare('select * from alarms').all(),
    ]);
    expect(text).not.toMatch(/Kim|kim|Broken lamp|A-1001/);
  });

  it('passes over streams that are no cases', () => {
    take([{ ...asStored(idOf('x'), histories[0]![0]!), stream: 'definition-1' }]);
    expect(listCases(db, everything)).toEqual({ items: [], total: 0 });
  });
});
