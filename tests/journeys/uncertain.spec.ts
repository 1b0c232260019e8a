import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startInWorld, type ProductInAnyWorld } from './world.js';

let at: ProductInAnyWorld;
beforeAll(async () => {
  at = await startInWorld({ executorLeaseMs: 1_000 });
});
afterAll(() => at.stop());

/** Proposes with the tool whose target knows no idempotency key. */
const wrongItem = (order: string) => ({
  subject: `Wrong item in order ${order}`,
  body: `You sent me the wrong item in order ${order}. Please send me the right one instead.`,
  order,
});

const fault = (mode: string) =>
  fetch(`${at.addresses.crm}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode, times: 1 }),
  });

const uncertainCase = async (id: string, order: string) => {
  const caseId = await at.open(id, wrongItem(order));
  const { proposalId, etag } = await at.pending(caseId);
  expect((await fault('effect-then-reset')).status).toBeLessThan(300);
  await at.decide('ana', proposalId, etag, { decision: 'approve' });
  await at.uncertain(caseId, proposalId);
  return { caseId, proposalId };
};

const resolve = (as: string, proposalId: string, outcome: string) =>
  at.ask(as, 'PUT', `/v1/approvals/${proposalId}/resolution`, { outcome, evidence: 'I looked.' });

describe('a write whose outcome nobody knows', () => {
  it('I20 waits for a second person, is not retried, and closes when it was done', async () => {
    const { caseId, proposalId } = await uncertainCase('uncertain-1', 'A-5001');
    await at.passUntil(new Date(Date.parse(at.now()) + 3_000).toISOString());
    expect((await at.case(caseId)).state).toBe('uncertain');
    expect(await at.effects('A-5001')).toHaveLength(1);
    expect((await resolve('ana', proposalId, 'done')).status).toBe(403);
    expect((await resolve('ben', proposalId, 'done')).status).toBe(200);
    await at.until(caseId, 'closed');
    expect((await resolve('lena', proposalId, 'not-done')).status).toBe(409);
    expect(await at.effects('A-5001')).toHaveLength(1);
  });

  it('I20 fails when a second person finds that it was not done', async () => {
    const { caseId, proposalId } = await uncertainCase('uncertain-2', 'A-5002');
    expect((await resolve('ben', proposalId, 'not-done')).status).toBe(200);
    await at.until(caseId, 'failed');
  });
});
