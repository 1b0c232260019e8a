import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { effectIdOf, type Recorded } from '@countersign/decider';
import type { CaseFact } from '../../src/domain/facts.js';
import { requestNameOf } from '../../src/domain/react.js';
import { waitingOf } from '../../src/reading/waiting.js';
import { aCase, answerOf, awaitingApproval, executing, type ACase } from '../domain/a-case.js';
import { supportTicket } from '../domain/definitions-walked.js';
import { stories } from '../domain/stories.js';
import { alarmDue, caseId, now, received } from '../domain/told.js';
import { allStories } from './whole-case.js';

const why = (events: readonly Recorded<CaseFact>[]) =>
  waitingOf(events, (event) => effectIdOf(event.id, requestNameOf(event)));
const proposalOf = (one: ACase) => (one.state as { proposalId: string }).proposalId;
const opened = () => {
  const one = aCase(supportTicket);
  one.hear(received());
  return one;
};

describe('why a case waits (I26)', () => {
  it('for the agent: what times out, and where to look', () => {
    expect(why(opened().events)).toEqual({
      on: 'agent',
      what: "the agent's answer to classify (classifier)",
      since: now,
      next: {
        at: '2026-01-05T09:02:00.000Z',
        what: 'the step times out and people are asked',
      },
      unblock: [`./countersign logs --case ${caseId}`],
    });
  });

  it('for a decision: whose queue it is in, when it expires, and how to decide', () => {
    const one = awaitingApproval(supportTicket);
    expect(why(one.events)).toEqual({
      on: 'people',
      what: `a decision on proposal ${proposalOf(one)}`,
      since: now,
      queue: 'support-supervisors',
      owner: expect.any(String),
      next: { at: '2026-01-07T09:00:00.000Z', what: 'the proposal expires' },
      unblock: [
        `./countersign approval approve ${proposalOf(one)} --as ana`,
        `./countersign approval reject ${proposalOf(one)} --as ana --reason other`,
      ],
    });
  });

  it('for the second decision after changes: the proposal that stands now', () => {
    const one = awaitingApproval(supportTicket);
    const first = proposalOf(one);
    one.hear(answerOf(one).changesRequested());
    expect(why(one.events)).toMatchObject({ on: 'agent' });
    one.hear(answerOf(one).proposed());
    expect(proposalOf(one)).not.toBe(first);
    expect(why(one.events)?.unblock[0]).toContain(proposalOf(one));
    expect(JSON.stringify(why(one.events))).not.toContain(first);
  });

  it("for a person's proposal: why a person is asked, and both ways on", () => {
    const one = opened();
    one.hear(answerOf(one).abstained());
    const requestId = one.request('RequestAssistance');
    expect(why(one.events)).toMatchObject({
      on: 'people',
      what: "a person's proposal (abstained: missing-information)",
      queue: 'support-leads',
      next: { what: 'the request expires' },
      unblock: [
        expect.stringContaining(`assistance decline ${requestId} --as lena`),
        expect.stringContaining(`assistance propose ${requestId} --as lena`),
      ],
    });
  });

  it('for the executor: when it counts as overdue, and since when it is', () => {
    const one = executing(supportTicket);
    const unblock = [`./countersign execution show ${proposalOf(one)}`];
    expect(why(one.events)).toMatchObject({
      on: 'executor',
      next: { at: '2026-01-05T09:15:00.000Z', what: expect.stringContaining('overdue') },
      unblock,
    });
    one.hear(alarmDue(one.alarm), '2026-01-05T09:15:00.000Z');
    const overdue = why(one.events);
    expect(overdue).toMatchObject({ overdueSince: '2026-01-05T09:15:00.000Z', unblock });
    expect(overdue).toMatchObject({ called: 'platform-oncall' });
    expect(overdue).not.toHaveProperty('next');
  });

  it('for somebody to find out: never as a success or a failure (I20)', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).uncertain());
    expect(why(one.events)).toEqual({
      on: 'people',
      what: `somebody to find out whether proposal ${proposalOf(one)} was written`,
      since: now,
      next: { at: '2026-01-05T09:15:00.000Z', what: expect.stringContaining('overdue') },
      unblock: ['done', 'not-done'].map((outcome) =>
        expect.stringContaining(
          `execution resolve ${proposalOf(one)} --as ben --outcome ${outcome}`,
        ),
      ),
    });
    one.hear(alarmDue(one.alarm), '2026-01-05T09:15:00.000Z');
    const overdue = why(one.events);
    expect(overdue).toMatchObject({ on: 'people', since: now, called: 'platform-oncall' });
    expect(overdue).toMatchObject({ overdueSince: '2026-01-05T09:15:00.000Z' });
    expect(overdue).not.toHaveProperty('next');
  });

  it('for the executor once more, when somebody has found out', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).uncertain());
    one.hear(alarmDue(one.alarm), '2026-01-05T09:15:00.000Z');
    one.hear(answerOf(one).resolved('not-done'), '2026-01-05T09:20:00.000Z');
    expect(why(one.events)).toEqual({
      on: 'executor',
      what: `the executor to write down that proposal ${proposalOf(one)} is not-done`,
      since: '2026-01-05T09:20:00.000Z',
      next: { at: '2026-01-05T09:35:00.000Z', what: expect.stringContaining('overdue') },
      unblock: [`./countersign execution show ${proposalOf(one)}`],
    });
  });

  it('for somebody to find out, in a stream of the time when that had no deadline', () => {
    const path = join(import.meta.dirname, '../golden/waiting-for-a-resolution.json');
    const { events } = JSON.parse(readFileSync(path, 'utf8')) as { events: Recorded<CaseFact>[] };
    const waiting = why(events);
    expect(waiting?.what).toContain('somebody to find out');
    expect(waiting).not.toHaveProperty('next');
    expect(waiting).not.toHaveProperty('overdueSince');
  });

  it('for nothing, when it was never opened or has ended', () => {
    expect(why([])).toBeUndefined();
    expect(why(stories['closed-as-spam']!(supportTicket).events)).toBeUndefined();
    expect(why(stories['expired']!(supportTicket).events)).toBeUndefined();
  });

  it.each(Object.entries(allStories))('has an answer after every event of: %s (I26)', (_, tell) => {
    const { events } = tell(supportTicket);
    // Between two facts of one append nobody looks.
    const looks = events.filter((event, n) => events[n + 1]?.recordedAt !== event.recordedAt);
    for (const { revision } of looks) {
      const seen = events.slice(0, revision + 1);
      const ended = seen.at(-1)!.type === 'CaseEnded';
      expect(why(seen) === undefined).toBe(ended);
    }
  });
});
