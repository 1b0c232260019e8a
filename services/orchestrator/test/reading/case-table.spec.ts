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
import { idOf } from '../domain/told.js';

let db: DatabaseSync;
let take: (event: StoredEvent) => void;
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  db.exec(caseView.schema);
  take = caseView.project(db);
});

const histories = Object.values(stories).map((tell) => tell(supportTicket).events);
const startMs = Date.parse('2026-01-05T09:00:00.000Z');

interface ACaseSoFar {
  readonly caseId: string;
  readonly events: readonly Recorded<CaseFact>[];
}

/** The first events of some story, under a case id of their own and at their own pace. */
const someCases = fc
  .array(
    fc.record({
      history: fc.constantFrom(...histories),
      share: fc.double({ min: 0.05, max: 1, noNaN: true }),
      openedAfterMs: fc.integer({ min: 0, max: 5_000 }),
      everyMs: fc.integer({ min: 0, max: 1_000 }),
    }),
    { maxLength: 12 },
  )
  .map((picks) =>
    picks.map(({ history, share, openedAfterMs, everyMs }, n): ACaseSoFar => {
      const count = Math.max(1, Math.round(share * history.length));
      const at = (step: number) => new Date(startMs + openedAfterMs + step * everyMs).toISOString();
      const events = history.slice(0, count);
      return {
        caseId: idOf(`case ${n}`),
        events: events.map((event, step) => ({ ...event, recordedAt: at(step) })),
      };
    }),
  );

const asStored = (caseId: string, event: Recorded<CaseFact>): StoredEvent => ({
  id: event.id,
  type: event.type,
  stream: `case-${caseId}`,
  revision: event.revision,
  position: '',
  data: { ...event.data, opens: event.opens, settles: event.settles },
  metadata: {
    ...{ caseId, recordedAt: event.recordedAt, $correlationId: `corr-${caseId}` },
    ...{ subjects: ['customer:8812'], actor: event.actor },
  },
});

/** All events in the order in which one store would have them: case by case, interleaved. */
const interleaved = (cases: readonly ACaseSoFar[]): StoredEvent[] => {
  const longest = Math.max(0, ...cases.map(({ events }) => events.length));
  return Array.from({ length: longest }, (_, n) =>
    cases.flatMap(({ caseId, events }) => (events[n] ? [asStored(caseId, events[n])] : [])),
  ).flat();
};

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
    state: last.data.state,
    step: last.data.step,
    visit: last.data.visit,
    openedAt: first.recordedAt,
    updatedAt: last.recordedAt,
    dueAt: alarmsOf(events)[0]?.dueAt ?? null,
    endedAt: ended?.recordedAt ?? null,
    outcome: ended?.data.outcome ?? null,
    source: first.data.source,
    sourceId: first.data.sourceId,
  };
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
  (query.openedBefore === undefined || row.openedAt < query.openedBefore) &&
  (query.openedAfter === undefined || row.openedAt > query.openedAfter) &&
  (query.open === undefined || (row.endedAt === null) === query.open);

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
const fill = (cases: readonly ACaseSoFar[]) => {
  db.exec('delete from cases; delete from alarms');
  interleaved(cases).forEach(take);
};

describe('the table of cases (A8)', () => {
  it('is what the streams come to, row by row (I9)', () => {
    fc.assert(
      fc.property(someCases, (cases) => {
        fill(cases);
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

  it('keeps just the alarms that are outstanding', () => {
    for (const [n, events] of histories.entries()) {
      fill([{ caseId: idOf(`case ${n}`), events }]);
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
    take({ ...asStored(idOf('x'), histories[0]![0]!), stream: 'definition-1' });
    expect(listCases(db, everything)).toEqual({ items: [], total: 0 });
  });
});
