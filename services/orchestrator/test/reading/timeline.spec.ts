import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Recorded } from '@countersign/decider';
import { casePersonal, type CaseFact } from '../../src/domain/facts.js';
import { timelineOf } from '../../src/reading/timeline.js';
import { supportTicket } from '../domain/definitions-walked.js';
import { allStories, wholeCase } from './whole-case.js';

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, 'timeline.json'), 'utf8'),
) as unknown[];
const asSent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const everyStory = Object.entries(allStories).map(([name, tell]) => ({
  name,
  events: tell(supportTicket).events,
}));

describe('the timeline of a case (E1)', () => {
  it('tells a whole case, changes, doubt and finding included, as it was told before', () => {
    expect(asSent(timelineOf(wholeCase(supportTicket).events))).toEqual(golden);
  });

  it.each(everyStory)('says who, what, where and how long of every event: $name', ({ events }) => {
    const entries = timelineOf(events);
    expect(entries.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
    let state: string | null = null;
    for (const entry of entries) {
      expect(entry.actor.id).not.toBe('');
      expect(entry.what).not.toMatch(/undefined|null|\[object/);
      expect(entry.why ?? '').not.toMatch(/undefined|null|\[object/);
      expect(entry.from).toBe(state);
      expect(entry.tookMs).toBeGreaterThanOrEqual(0);
      state = entry.to;
    }
  });

  it('names the peer and the wait of every answer, so that it can be looked up and verified', () => {
    const answers = timelineOf(wholeCase(supportTicket).events).filter(({ peer }) => peer);
    expect(answers.map(({ awaitedMs, type }) => [type, awaitedMs])).toEqual([
      ['CaseOpened', undefined],
      ['AgentStepRecorded', 3_000],
      ['ProposalRecorded', 3_000],
      ['ChangesRequestRecorded', 2_514_000],
      ['ProposalRecorded', 12_000],
      ['ApprovalRecorded', 4_668_000],
      ['UncertaintyRecorded', 60_000],
      ['ResolutionRecorded', 10_740_000],
      ['ExecutionRecorded', 10_800_600],
    ]);
  });

  it.each(everyStory)('holds no word of a model or a customer: $name', ({ events }) => {
    expect(JSON.stringify(timelineOf(events))).not.toMatch(/Kim|Broken lamp|A-1001|order number/);
  });

  it.each(everyStory)('is the same when its people were erased: $name', ({ events }) => {
    const erased = events.map((event) => {
      const sealed = casePersonal[event.type] ?? [];
      const left = Object.entries(event.data).filter(([name]) => !sealed.includes(name));
      return { ...event, data: Object.fromEntries(left) } as unknown as Recorded<CaseFact>;
    });
    expect(timelineOf(erased)).toEqual(timelineOf(events));
  });

  it('was tried with every type of event there is', () => {
    const tried = new Set(everyStory.flatMap(({ events }) => events.map(({ type }) => type)));
    expect([...tried].sort()).toEqual(Object.keys(everyType).sort());
  });
});

const everyType: Record<CaseFact['type'], true> = {
  CaseOpened: true,
  CaseRouted: true,
  AgentStepAsked: true,
  AgentStepRecorded: true,
  AbstentionRecorded: true,
  StepTimedOut: true,
  ProposalRecorded: true,
  ApprovalAsked: true,
  ApprovalExpiryAsked: true,
  ApprovalRecorded: true,
  RejectionRecorded: true,
  ChangesRequestRecorded: true,
  ApprovalExpiryRecorded: true,
  AssistanceAsked: true,
  AssistanceExpiryAsked: true,
  AssistanceDeclineRecorded: true,
  AssistanceExpiryRecorded: true,
  ExecutionAsked: true,
  ExecutionOverdue: true,
  ExecutionRecorded: true,
  ExecutionRefusalRecorded: true,
  ExecutionFailureRecorded: true,
  UncertaintyRecorded: true,
  ResolutionAsked: true,
  ResolutionOverdue: true,
  ResolutionRecorded: true,
  VisitsExhausted: true,
  CaseEnded: true,
};
