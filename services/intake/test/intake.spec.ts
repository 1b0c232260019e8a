import { describe, expect, it } from '@jest/globals';
import { fold, stamp, type Recorded, type Told } from '@countersign/decider';
import { canonical } from '@countersign/trust';
import {
  intake,
  type IntakeFact,
  type IntakeInput,
  type IntakeState,
  type UpstreamEvent,
} from '../src/domain/intake.js';
import { caseOf } from './an-intake.js';

const process_ = intake((a, b) => canonical(a) === canonical(b));
const now = '2026-01-05T09:00:00.000Z';

const event: UpstreamEvent = {
  source: 'https://demo.example/tickets',
  sourceId: 't-1',
  eventType: 'support.ticket.created.v1',
  requester: 'kim',
  input: { subject: 'Broken mug', customer: { id: '8812' } },
};
const submitted = (changed: Partial<UpstreamEvent> = {}): IntakeInput => ({
  type: 'Submitted',
  event: { ...event, ...changed },
});
const problem = (pointer: string) => ({ pointer, message: 'must be string' });
const malformed = (pointer = '/data/body', told = [problem(pointer)]): IntakeInput => ({
  type: 'Malformed',
  source: event.source,
  sourceId: event.sourceId,
  code: 'schema',
  problems: [problem(pointer)],
  told,
});
const outcome = (of: 'closed' | 'rejected' = 'closed') =>
  ({
    type: 'RecordOutcome',
    data: { outcome: of, reason: 'done', endedAt: now },
  }) as const satisfies IntakeInput;

let n = 0;
const told = (body: IntakeInput): Told<IntakeInput> => ({
  id: caseOf(`told ${(n += 1)}`),
  actor: { type: 'upstream', id: event.source },
  occurredAt: now,
  recordedAt: now,
  body,
});

/** What was heard before, what is heard now, and what comes of it. */
const given = (...before: readonly IntakeInput[]) => {
  const history: Recorded<IntakeFact>[] = [];
  const state = () => fold<IntakeFact, IntakeState>(process_, history);
  for (const body of before) {
    const input = told(body);
    const decision = process_.decide(input, state());
    if ('facts' in decision) history.push(...stamp(input, decision.facts, history.length - 1));
  }
  return {
    history,
    when: (body: IntakeInput) => process_.decide(told(body), state()),
  };
};
const typesOf = (decision: object) =>
  'facts' in decision ? (decision.facts as IntakeFact[]).map(({ type }) => type) : decision;

describe('an upstream event', () => {
  it('is accepted as it came', () => {
    const decision = given().when(submitted());
    expect(decision).toEqual({ facts: [{ type: 'IntakeAccepted', data: event }] });
  });

  it('is a duplicate however its fields are ordered, and moves nothing (I6, I11)', () => {
    const input = { customer: { id: '8812' }, subject: 'Broken mug' };
    expect(given(submitted()).when(submitted({ input }))).toEqual({ ignored: 'duplicate' });
    const after = given(submitted(), outcome()).when(submitted());
    expect(after).toEqual({ ignored: 'duplicate' });
  });

  it.each([
    ['data', { input: { subject: 'Broken cup' } }],
    ['type', { eventType: 'support.ticket.created.v2' }],
    ['subject', { subject: 'another' }],
  ])('with another %s under an id that was accepted is refused', (_, changed) => {
    expect(given(submitted()).when(submitted(changed))).toEqual({ refused: 'another-body' });
  });

  it('is accepted when it was rejected before and has been corrected', () => {
    expect(typesOf(given(malformed()).when(submitted()))).toEqual(['IntakeAccepted']);
  });
});

describe('an event that cannot be taken', () => {
  it('is kept with what is wrong, and without its content', () => {
    expect(given().when(malformed())).toEqual({
      facts: [
        {
          type: 'IntakeRejected',
          data: {
            source: event.source,
            sourceId: 't-1',
            code: 'schema',
            problems: [problem('/data/body')],
            told: [problem('/data/body')],
          },
        },
      ],
    });
  });

  it('is kept ten times an id and no more', () => {
    const tries = Array.from({ length: 12 }, (_, at) => malformed(`/data/${at}`));
    const { history, when } = given(...tries);
    expect(history).toHaveLength(10);
    expect(when(malformed('/data/again'))).toEqual({ ignored: 'rejected often enough' });
    expect(typesOf(when(submitted()))).toEqual(['IntakeAccepted']);
  });

  it('says nothing about one that was accepted', () => {
    expect(given(submitted()).when(malformed())).toEqual({ ignored: 'already accepted' });
  });
});

describe('the outcome of a case', () => {
  it('is recorded once, for the event that opened it', () => {
    const { when } = given(submitted());
    expect(when(outcome())).toEqual({
      facts: [
        {
          type: 'OutcomeRecorded',
          data: { ...outcome().data, source: event.source, sourceId: 't-1' },
        },
      ],
    });
    const again = given(submitted(), outcome());
    expect(again.when(outcome())).toEqual({ ignored: 'outcome known' });
    expect(again.when(outcome('rejected'))).toEqual({ ignored: 'outcome known' });
  });

  it('of a case that was never accepted here moves nothing', () => {
    expect(given().when(outcome())).toEqual({ ignored: 'never accepted here' });
    expect(given(malformed()).when(outcome())).toEqual({ ignored: 'never accepted here' });
  });
});

describe('what intake says', () => {
  const outcomes = 'intake-outcomes.v1';
  const { source, sourceId, eventType } = event;

  it('is the case, once, and to upstream each step of it: rejected, accepted, ended', () => {
    const { history } = given(malformed(), submitted(), outcome());
    const said = (type: string, data: object) => ({ name: type, topic: outcomes, type, data });
    expect(history.flatMap(process_.react)).toEqual([
      said('RejectionPublished', {
        source,
        sourceId,
        code: 'schema',
        problems: [problem('/data/body')],
      }),
      {
        name: 'CaseReceived',
        topic: 'intake.answers.v1',
        type: 'CaseReceived',
        data: { ...event },
      },
      said('AcceptancePublished', { source, sourceId, eventType }),
      said('CaseOutcomePublished', { source, sourceId, outcome: 'closed', reason: 'done' }),
    ]);
  });

  it('tells upstream where it had published what was accepted', () => {
    const record = { topic: 'intake.demo.v1', partition: 2, offset: 7 };
    const { history } = given({ type: 'Submitted', event, record });
    const [, told] = history.flatMap(process_.react);
    expect(told).toMatchObject({ data: { source, sourceId, eventType, record } });
  });

  it('says nothing of a rejection that the record itself is answered with, or of an old one', () => {
    const { told: _, ...silent } = malformed() as { told?: unknown } & IntakeInput;
    const { history } = given(silent as IntakeInput);
    expect(history).toHaveLength(1);
    expect(history.flatMap(process_.react)).toEqual([]);
  });
});
