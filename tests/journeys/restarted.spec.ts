import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refund } from './over-http.js';
import { startInWorld, type ProductInAnyWorld } from './world.js';

let at: ProductInAnyWorld;
beforeAll(async () => {
  at = await startInWorld({ executorLeaseMs: 1_000 });
});
afterAll(() => at.stop());

const approve = { decision: 'approve' };
const later = (instant: string, ms: number): string =>
  new Date(Date.parse(instant) + ms).toISOString();

describe('A2 a product that was stopped and started again', () => {
  it('still shows the same proposal, takes the decision on it, and writes once (A1)', async () => {
    const caseId = await at.open('restarted-1', refund('A-6001'));
    const before = await at.pending(caseId);
    await at.restart({ until: later(at.now(), 1_000) });
    const { proposalId, etag } = await at.pending(caseId);
    expect({ proposalId, etag }).toEqual({ proposalId: before.proposalId, etag: before.etag });
    expect((await at.decide('ana', proposalId, etag, approve)).status).toBe(200);
    await at.until(caseId, 'closed');
    await at.restart();
    expect((await at.decide('ana', proposalId, etag, approve)).status).toBe(200);
    expect((await at.decide('ben', proposalId, etag, approve)).status).toBe(409);
    expect(await at.effects('A-6001')).toHaveLength(1);
  });

  it('fires a deadline that passed meanwhile, once, and none before its time (I12)', async () => {
    const caseId = await at.openHasty('restarted-2', refund('A-6002'));
    const { expiresAt } = (await at.pending(caseId)).body;
    await at.restart();
    await at.restart({ until: expiresAt });
    await at.until(caseId, 'expired');
    await at.restart({ until: later(expiresAt, 1_000) });
    const timeline = await at.timeline(caseId);
    const fired = timeline.filter(({ type }) => type === 'ApprovalExpiryAsked');
    expect(fired).toHaveLength(1);
    expect(fired[0]!.recordedAt >= expiresAt).toBe(true);
    expect(timeline.filter(({ type }) => type === 'ApprovalExpiryRecorded')).toHaveLength(1);
    expect(await at.effects('A-6002')).toHaveLength(0);
  });

  it('leaves a case on the definition that it started with, whatever the files say now', async () => {
    const caseId = await at.open('restarted-3', refund('A-6003'));
    const { proposalId, etag } = await at.pending(caseId);
    const file = join(at.config, 'workflows/support-ticket.yaml');
    await at.restart({
      meanwhile: () => {
        const next = readFileSync(file, 'utf8')
          .replace('version: 1', 'version: 2')
          .replace('changes-requested: draft', 'changes-requested: rejected');
        writeFileSync(file, next);
      },
    });
    const asked = { decision: 'request-changes', reasonCode: 'wrong-tone', comment: 'politer' };
    expect((await at.decide('ana', proposalId, etag, asked)).status).toBe(200);
    const newer = await at.open('restarted-4', refund('A-6004'));
    expect((await at.pending(newer)).proposalId).toBeDefined();
    expect((await at.case(newer)).version).toBe(2);
    expect((await at.case(caseId)).version).toBe(1);
    expect((await at.pending(caseId)).proposalId).not.toBe(proposalId);
  });

  it('still waits for a second person where nobody knows what was done (I20)', async () => {
    const caseId = await at.open('restarted-5', {
      subject: 'Wrong item',
      body: 'You sent me the wrong item in order A-6005. Please send me the right one instead.',
      order: 'A-6005',
    });
    const { proposalId, etag } = await at.pending(caseId);
    await fetch(`${at.addresses.crm}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mode: 'effect-then-reset', times: 1 }),
    });
    await at.decide('ana', proposalId, etag, approve);
    await at.uncertain(caseId, proposalId);
    await at.restart({ until: later(at.now(), 1_000) });
    expect((await at.case(caseId)).state).toBe('uncertain');
    const found = { outcome: 'done', evidence: 'It is in the ledger.' };
    const path = `/v1/approvals/${proposalId}/resolution`;
    expect((await at.ask('ana', 'PUT', path, found)).status).toBe(403);
    expect((await at.ask('ben', 'PUT', path, found)).status).toBe(200);
    await at.until(caseId, 'closed');
    expect(await at.effects('A-6005')).toHaveLength(1);
  });

  it('lists what it listed before, though its views were thrown away (I9)', async () => {
    const last = await at.openHasty('restarted-6', refund('A-6006'));
    const { expiresAt } = (await at.pending(last)).body;
    // What is open could move while it is listed.
    await at.passUntil(expiresAt);
    await at.until(last, 'expired');
    const { position } = await at.case(last);
    const list = async () => {
      const { items, states } = await at.list(position);
      return { items, states };
    };
    const before = await list();
    await at.restart({ meanwhile: at.throwViewsAway });
    expect(await list()).toEqual(before);
  });
});
