import type { Recorded } from '@countersign/decider';
import type { StoredEvent } from '@countersign/event-store';
import fc from 'fast-check';
import type { CaseFact } from '../../src/domain/facts.js';
import { supportTicket } from '../domain/definitions-walked.js';
import { stories } from '../domain/stories.js';
import { idOf, sha256Of } from '../domain/told.js';

export const histories = Object.values(stories).map((tell) => tell(supportTicket).events);
const startMs = Date.parse('2026-01-05T09:00:00.000Z');

/** Two definitions, and who owns them; the queues that cases wait in are the same ones. */
export const ownersOf = {
  [sha256Of('ours')]: { business: 'head-of-returns', risk: 'risk-office', onCall: 'oncall' },
  [sha256Of('theirs')]: { business: 'legal', risk: 'risk-office', onCall: 'oncall' },
};
export const definitions = Object.entries(ownersOf).map(([digest, owners], n): StoredEvent => ({
  ...{ id: idOf(digest), type: 'DefinitionStored', stream: `definition-${digest}` },
  ...{ revision: 0, position: '', metadata: {} },
  data: { kind: 'workflow', name: `flow-${n}`, version: 1, digest, document: { owners } },
}));

export interface ACaseSoFar {
  readonly caseId: string;
  readonly events: readonly Recorded<CaseFact>[];
}

/** The first events of some story, under a case id of their own and at their own pace. */
export const someCases = fc
  .array(
    fc.record({
      history: fc.constantFrom(...histories),
      definition: fc.constantFrom(...Object.keys(ownersOf)),
      share: fc.double({ min: 0.05, max: 1, noNaN: true }),
      openedAfterMs: fc.integer({ min: 0, max: 5_000 }),
      everyMs: fc.integer({ min: 0, max: 1_000 }),
    }),
    { maxLength: 12 },
  )
  .map((picks) =>
    picks.map(({ history, definition, share, openedAfterMs, everyMs }, n): ACaseSoFar => {
      const count = Math.max(1, Math.round(share * history.length));
      const at = (step: number) => new Date(startMs + openedAfterMs + step * everyMs).toISOString();
      const events = history.slice(0, count).map((event) => under(definition, event));
      return {
        caseId: idOf(`case ${n}`),
        events: events.map((event, step) => ({ ...event, recordedAt: at(step) })),
      };
    }),
  );

export const under = (digest: string, event: Recorded<CaseFact>): Recorded<CaseFact> => {
  const data = { ...event.data, definition: digest };
  const workflow = 'workflow' in data && { workflow: { ...data.workflow, digest } };
  return { ...event, data: { ...data, ...workflow } } as Recorded<CaseFact>;
};

export const asStored = (caseId: string, event: Recorded<CaseFact>): StoredEvent => ({
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
export const interleaved = (cases: readonly ACaseSoFar[]): StoredEvent[] => {
  const longest = Math.max(0, ...cases.map(({ events }) => events.length));
  return Array.from({ length: longest }, (_, n) =>
    cases.flatMap(({ caseId, events }) => (events[n] ? [asStored(caseId, events[n])] : [])),
  ).flat();
};
