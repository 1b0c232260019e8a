import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '@countersign/contracts';
import { caseId, idOf, now } from '../domain/told.js';
import { startRunning, type RunningOrchestrator } from './running-orchestrator.js';

describe('the cases that can be read (A8, E1)', () => {
  let at: RunningOrchestrator;
  beforeAll(async () => {
    at = await startRunning();
    await at.openCase();
  });
  afterAll(() => at.stop());

  it('are listed as of a position, shown and told', async () => {
    const opened = (await at.store.read(streams.case(caseId))).at(-1)!;
    const list = await at.get(`/v1/cases?min-position=${opened.position}`);
    expect(list.body).toMatchObject({
      total: 1,
      items: [{ caseId, state: 'received', dueAt: '2026-01-05T09:02:00.000Z' }],
      states: { received: 1, closed: 0 },
    });
    const { body: shown } = await at.get(`/v1/cases/${caseId}`);
    expect(shown).toMatchObject({
      ...{ caseId, workflow: 'support-ticket', version: 1, state: 'received', step: 'classify' },
      ...{ correlationId: 'corr-1', openedAt: now, endedAt: null, proposals: [] },
      owners: { business: 'head-of-support' },
      waiting: { on: 'agent' },
    });
    const { body: told } = await at.get(`/v1/cases/${caseId}/timeline`);
    expect(told.entries.map(({ type }: { type: string }) => type)).toEqual([
      'CaseOpened',
      'AgentStepAsked',
    ]);
  });

  it('are found by who owns the workflow, and by the queue they wait in', async () => {
    const total = async (query: string) => (await at.get(`/v1/cases?${query}`)).body.total;
    for (const owner of ['head-of-support', 'support-ops', 'risk-office', 'platform-oncall']) {
      expect(await total(`owner=${owner}`)).toBe(1);
    }
    expect(await total('owner=somebody-else')).toBe(0);
    expect(await total('queue=support-leads')).toBe(0);
    at.clock.advance(2 * 60_000);
    const asked = await at.until(async () =>
      (await at.store.read(streams.case(caseId))).find(({ type }) => type === 'AssistanceAsked'),
    );
    const waits = `min-position=${asked.position}&queue=support-leads`;
    expect(await total(`${waits}&owner=head-of-support`)).toBe(1);
    expect((await at.get(`/v1/cases?${waits}`)).body.items).toMatchObject([
      { caseId, state: 'assisted', queue: 'support-leads', queueOwner: 'head-of-support' },
    ]);
  });

  it('compare instants, whatever the zone they are written in', async () => {
    const total = async (query: Record<string, string>) =>
      (await at.get(`/v1/cases?${new URLSearchParams(query).toString()}`)).body.total;
    expect(await total({ openedBefore: '2026-01-05T10:00:01+01:00' })).toBe(1);
    expect(await total({ openedBefore: '2026-01-05T09:30:00+01:00' })).toBe(0);
    expect(await total({ openedAfter: '2026-01-05' })).toBe(1);
  });

  it('are refused by name where the question is wrong', async () => {
    const tooLong = `owner=${'x'.repeat(129)}`;
    for (const wrong of [
      ...['openedAfter=soon', 'openedAfter=2026-W02', 'sort=size', 'limit=0'],
      ...['owner=', 'queue=', tooLong, 'owner=a&owner=b', 'risk=high', 'min-position=soon'],
    ]) {
      expect((await at.get(`/v1/cases?${wrong}`)).status).toBe(400);
    }
    expect((await at.get('/v1/cases/not-a-uuid')).status).toBe(400);
    expect((await at.get(`/v1/cases/${idOf('nobody')}`)).status).toBe(404);
    expect((await at.get(`/v1/cases/${idOf('nobody')}/timeline`)).status).toBe(404);
  });

  it('are for people: an upstream system reads none of them', async () => {
    for (const path of ['/v1/cases', `/v1/cases/${caseId}`, `/v1/cases/${caseId}/timeline`]) {
      expect((await at.get(path, 'upstream')).status).toBe(403);
      expect((await at.get(path, 'auditor')).status).toBe(200);
    }
  });
});
