import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningService } from '@countersign/hosting';
import { allTools, eventually, openMachine, type Machine } from './machine.js';
import { approve, executeMessage, tools, type Approved } from './papers.js';

let machine: Machine;
let service: RunningService;
beforeEach(async () => {
  machine = await openMachine();
  await machine.signOff(...allTools);
  service = await machine.startExecutor();
});
afterEach(() => machine.close());

const read = (proposalId: string, token = 'auditor') =>
  fetch(`${service.url}/v1/executions/${proposalId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
const performed = async (): Promise<Approved> => {
  const approved = await machine.release(approve(tools.native));
  await machine.send(executeMessage(approved.command));
  await eventually(async () => (await machine.execution(approved.proposalId)).length === 3);
  return approved;
};

describe('GET /v1/executions/{proposalId}', () => {
  it('says what was done, when and on whose word, without a personal value', async () => {
    const approved = await performed();
    const answer = await read(approved.proposalId);
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body).toMatchObject({
      position: expect.any(String),
      proposalId: approved.proposalId,
      caseId: approved.caseId,
      state: 'succeeded',
      tool: { name: 'crm.resolve-ticket', version: 1 },
      idempotency: 'native',
      digest: approved.digest,
      approver: { sub: 'ana', role: 'supervisor' },
      epochs: [{ epoch: 1, claimedAt: expect.any(String), leaseUntil: expect.any(String) }],
      result: { epoch: 1, by: 'answer', reference: 'R-1', at: expect.any(String) },
      arguments: {
        order: 'A-20931',
        customer: '[identity]',
        reply: { subject: '[message]', text: '[message]' },
        change: { kind: 'refund', amountCents: 100, currency: 'EUR' },
      },
    });
    expect(JSON.stringify(body)).not.toMatch(/Mara|Muster/);
  });

  it('says why a call was not made', async () => {
    await machine.setStage(tools.native, 'read-only');
    const approved = await performed();
    const body = (await (await read(approved.proposalId)).json()) as Record<string, unknown>;
    expect(body).toMatchObject({ state: 'refused', result: { reason: 'stage-forbids' } });
  });

  it('is for those who answer for what runs', async () => {
    const { proposalId } = await performed();
    for (const role of ['supervisor', 'l2', 'sre', 'auditor', 'risk-owner', 'platform-owner']) {
      expect((await read(proposalId, role)).status).toBe(200);
    }
    expect((await read(proposalId, 'upstream')).status).toBe(403);
    expect((await read(proposalId, 'none')).status).toBe(401);
    expect((await fetch(`${service.url}/v1/executions/${proposalId}`)).status).toBe(401);
  });

  it('knows nothing of what was never ordered', async () => {
    expect((await read('2a0f6a7e-8a4b-5c1d-9e2f-3b4c5d6e7f80')).status).toBe(404);
    expect((await read('not-a-uuid')).status).toBe(400);
  });
});

describe('what the executor leaves behind', () => {
  it('is one line a call with tool, arguments without people, approver and outcome (C9)', async () => {
    const approved = await performed();
    const lines = machine.logged.filter(({ message }) => message === 'tool call');
    expect(lines).toEqual([
      expect.objectContaining({
        tool: 'crm.resolve-ticket@1',
        argsDigest: approved.digest,
        arguments: expect.objectContaining({ order: 'A-20931', customer: '[identity]' }),
        approver: 'ana',
        outcome: 'done',
        status: 201,
        epoch: 1,
        caseId: approved.caseId,
        correlationId: approved.caseId,
      }),
    ]);
    expect(JSON.stringify(machine.logged)).not.toMatch(/Mara|Muster|Bearer/);
  });

  it('holds no personal value, neither in its events nor in its answers (I22, I23)', async () => {
    const approved = await performed();
    const stored = await machine.store.read(`execution-${approved.proposalId}`);
    expect(JSON.stringify(stored)).not.toMatch(/Mara|Muster|A-20931|0931"?:/);
    expect(JSON.stringify(await machine.answers())).not.toMatch(/Mara|Muster|A-20931/);
  });

  it('names its cause in every event (I7)', async () => {
    const approved = await machine.release(approve(tools.native));
    const message = executeMessage(approved.command);
    await machine.send(message);
    await eventually(async () => (await machine.execution(approved.proposalId)).length === 3);
    const stored = await machine.store.read(`execution-${approved.proposalId}`);
    const claim = stored[1]!;
    expect(stored.map(({ metadata }) => metadata)).toEqual([
      expect.objectContaining({ $causationId: message.id, cause: message.source }),
      expect.objectContaining({ $causationId: message.id, cause: message.source }),
      expect.objectContaining({ $causationId: claim.id }),
    ]);
    for (const { metadata } of stored) {
      expect(metadata).toMatchObject({
        actor: { type: 'service', id: 'executor' },
        $correlationId: approved.caseId,
        caseId: approved.caseId,
        schemaVersion: 1,
      });
    }
  });
});
