import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { streams } from '@countersign/contracts';
import { effectIdOf, type Alarm, type Recorded } from '@countersign/decider';
import { recall } from '@countersign/event-store';
import { caseProcesses } from '../../src/adapters/case-processes.js';
import { fireAlarm } from '../../src/adapters/fire-alarm.js';
import { readDefinitions } from '../../src/definitions/read-definitions.js';
import type { CaseFact } from '../../src/domain/facts.js';
import { requestNameOf } from '../../src/domain/react.js';
import { shipped } from '../definitions/folders.js';
import { caseId, now, proposalFor } from '../domain/told.js';
import { startRunning, type RunningOrchestrator } from './running-orchestrator.js';

const minutes = 60_000;
let at: RunningOrchestrator;
beforeAll(async () => {
  at = await startRunning();
});
afterAll(() => at.stop());

const recorded = async (type: CaseFact['type'], step = 'write'): Promise<Recorded<CaseFact>> => {
  const stored = await at.until(async () =>
    (await at.store.read(streams.case(caseId))).find(
      (event) => event.type === type && (event.data as { step: string }).step === step,
    ),
  );
  return recall<CaseFact>(at.journal(), stored);
};
const requestOf = async (type: CaseFact['type'], step?: string): Promise<string> => {
  const event = await recorded(type, step);
  return effectIdOf(event.id, requestNameOf(event as Parameters<typeof requestNameOf>[0]));
};
const waiting = async () => (await at.get(`/v1/cases/${caseId}`)).body.waiting;

/** An execution of which nobody knows; what people were asked, and the proposal. */
const untilUncertain = async () => {
  await at.openCase();
  const classify = await requestOf('AgentStepAsked', 'classify');
  await at.say('agent', 'AgentStepDone', { answers: classify, result: { category: 'refund' } });
  const draft = await requestOf('AgentStepAsked', 'draft');
  const made = proposalFor(draft);
  await at.say('agent', 'ProposalSubmitted', { answers: draft, ...made });
  const { proposalId, digest } = made.proposal;
  await at.say('approvals', 'ApprovalReleased', {
    ...{ answers: await requestOf('ApprovalAsked', 'approve'), proposalId, digest },
    ...{ releaseRevision: 2, by: { sub: 'ana', role: 'supervisor' } },
  });
  await at.say('executor', 'ExecutionUncertain', {
    ...{ answers: await requestOf('ExecutionAsked'), proposalId, reason: 'no answer', since: now },
  });
  return { asked: await recorded('ResolutionAsked'), proposalId };
};

it('calls a person, once, when nobody finds out what a write did (I26)', async () => {
  const { asked, proposalId } = await untilUncertain();
  const [alarm] = asked.opens as readonly [Alarm];
  expect(await waiting()).toMatchObject({ next: { at: '2026-01-05T09:15:00.000Z' } });
  at.clock.advance(15 * minutes - 1);
  expect(at.warnings).toEqual([]);
  at.clock.advance(1);
  const overdue = await recorded('ResolutionOverdue');
  expect(overdue).toMatchObject({ data: { alarmId: alarm.id }, settles: [alarm.id] });
  expect(await waiting()).toMatchObject({
    ...{ on: 'people', called: 'platform-oncall', overdueSince: '2026-01-05T09:15:00.000Z' },
  });
  const warned = [
    {
      ...{ msg: 'overdue, a person is called', type: 'ResolutionOverdue', causationId: alarm.id },
      ...{ caseId, correlationId: 'corr-1', proposalId, calls: 'platform-oncall', since: now },
    },
  ];
  expect(await at.until(async () => at.warnings[0] && at.warnings)).toEqual(warned);

  const journal = at.journal();
  const processes = caseProcesses(at.world.store, readDefinitions(shipped).definitions);
  const due = { ...alarm, stream: streams.case(caseId), caseId, correlationId: 'corr-1' };
  await fireAlarm({ journal, processes }, { ...due, subjects: ['customer:8812'] });
  expect((await at.store.read(streams.case(caseId))).at(-1)!.id).toBe(overdue.id);
  expect(at.warnings).toEqual(warned);

  at.clock.advance(60 * minutes);
  await at.say('approvals', 'OutcomeResolved', {
    ...{ answers: await requestOf('ResolutionAsked'), proposalId, outcome: 'done' },
    ...{ by: { sub: 'ben', role: 'l2' }, evidence: 'It is there.', resolvedAt: now },
  });
  await recorded('ResolutionRecorded');
  expect(await waiting()).toMatchObject({
    ...{ on: 'executor', next: { at: '2026-01-05T10:30:00.000Z' } },
  });
});
