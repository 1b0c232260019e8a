import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import canonicalize from 'canonicalize';
import { refund } from './over-http.js';
import { startInWorld, type ProductInAnyWorld } from './world.js';

let at: ProductInAnyWorld;
beforeAll(async () => {
  at = await startInWorld();
});
afterAll(() => at.stop());

const approve = { decision: 'approve' };

describe('a ticket that a supervisor approves', () => {
  it('A3 E1 E23 passes through the six states of the guide and leaves one effect', async () => {
    const caseId = await at.open('approved-1', refund('A-2001'));
    const { proposalId, etag } = await at.pending(caseId);
    expect(await at.effects('A-2001')).toHaveLength(0);
    const decided = await at.decide('ana', proposalId, etag, approve);
    expect(decided.status).toBe(200);
    await at.until(caseId, 'closed');
    expect(await at.effects('A-2001')).toHaveLength(1);
    const timeline = await at.timeline(caseId);
    expect(timeline.map(({ type, to, actor }) => [type, to, actor.id])).toEqual([
      ['CaseOpened', 'received', 'https://demo.example/tickets'],
      ['AgentStepAsked', 'received', 'support-ticket@1'],
      ['AgentStepRecorded', 'classified', 'classifier@1'],
      ['CaseRouted', 'classified', 'support-ticket@1'],
      ['AgentStepAsked', 'classified', 'support-ticket@1'],
      ['ProposalRecorded', 'drafted', 'ticket-drafter@1'],
      ['ApprovalAsked', 'awaiting-approval', 'support-ticket@1'],
      ['ApprovalRecorded', 'approved', 'ana'],
      ['ExecutionAsked', 'approved', 'support-ticket@1'],
      ['ExecutionRecorded', 'executed', 'executor'],
      ['CaseEnded', 'closed', 'support-ticket@1'],
    ]);
  });

  it('A1 I4 has in the ledger the very body that was shown and digested, as anyone can recompute', async () => {
    const caseId = await at.open('approved-2', refund('A-2002', '7.00 EUR'));
    const { proposalId, etag, body } = await at.pending(caseId);
    expect((await at.decide('ben', proposalId, etag, approve)).status).toBe(200);
    await at.until(caseId, 'closed');
    const [effect] = await at.effects('A-2002');
    const called = JSON.parse(effect!.body);
    expect(called).toMatchObject({ change: { kind: 'refund', amountCents: 700 } });
    const [, order] = /^\/orders\/([^/]+)\/resolutions$/.exec(effect!.path)!;
    const { tool, content } = body;
    const digested = {
      ...{ proposalId, caseId, tool: `${tool.name}@${tool.version}` },
      ...{ arguments: { order, ...called }, witness: content.witness, salt: content.salt },
    };
    const digest = createHash('sha256').update(canonicalize(digested)!).digest('hex');
    expect(`"${digest}"`).toBe(etag);
  });

  it('answers the same decision of the same person again, and tells others who won (I13)', async () => {
    const caseId = await at.open('approved-3', refund('A-2003'));
    const { proposalId, etag } = await at.pending(caseId);
    const [one, two] = await Promise.all([
      at.decide('ana', proposalId, etag, approve),
      at.decide('ana', proposalId, etag, approve),
    ]);
    expect([one.status, two.status]).toEqual([200, 200]);
    const other = await at.decide('ben', proposalId, etag, {
      decision: 'reject',
      reasonCode: 'wrong-amount',
    });
    expect(other.status).toBe(409);
    expect(JSON.stringify(other.body)).toContain('ana');
    await at.until(caseId, 'closed');
    expect(await at.effects('A-2003')).toHaveLength(1);
  });

  it('refuses a stale digest, a wrong role and the own request', async () => {
    const caseId = await at.open('approved-4', {
      ...refund('A-2004'),
      requester: 'ben@example.test',
    });
    const { proposalId, etag } = await at.pending(caseId);
    const stale = await at.decide('ana', proposalId, `"${'0'.repeat(64)}"`, approve);
    expect(stale.status).toBe(412);
    expect((await at.decide('adam', proposalId, etag, approve)).status).toBe(403);
    expect((await at.decide('ben', proposalId, etag, approve)).status).toBe(403);
    expect((await at.decide('lena', proposalId, etag, approve)).status).toBe(200);
    await at.until(caseId, 'closed');
  });

  it('is approved at the token’s name, whatever the body says (I2)', async () => {
    const caseId = await at.open('approved-5', refund('A-2005'));
    const { proposalId, etag } = await at.pending(caseId);
    const smuggled = await at.decide('ana', proposalId, etag, { ...approve, approver: 'rita' });
    expect(smuggled.status).toBe(400);
    await at.decide('ana', proposalId, etag, approve);
    await at.until(caseId, 'closed');
    const timeline = await at.timeline(caseId);
    expect(timeline.find(({ type }) => type === 'ApprovalRecorded')?.actor.id).toBe('ana');
  });
});

describe('a ticket that nobody approves', () => {
  it('is rejected with a reason and leaves no effect', async () => {
    const caseId = await at.open('rejected-1', refund('A-2101'));
    const { proposalId, etag } = await at.pending(caseId);
    expect((await at.decide('ana', proposalId, etag, { decision: 'reject' })).status).toBe(422);
    const reject = { decision: 'reject', reasonCode: 'policy-violation', comment: 'too late' };
    expect((await at.decide('ana', proposalId, etag, reject)).status).toBe(200);
    const ended = await at.until(caseId, 'rejected');
    expect(ended.outcome).toBe('rejected');
    expect(await at.effects('A-2101')).toHaveLength(0);
  });

  it('comes back changed when changes are requested, and the new proposal runs', async () => {
    const caseId = await at.openHasty('changed-1', refund('A-2102', '9.00 EUR'));
    const first = await at.pending(caseId);
    const { expiresAt } = first.body;
    await at.passUntil(between(at.now(), expiresAt, 1 / 2));
    const asked = await at.decide('ana', first.proposalId, first.etag, {
      decision: 'request-changes',
      reasonCode: 'wrong-amount',
      comment: 'refund 4.00 EUR only',
    });
    expect(asked.status).toBe(200);
    const second = await at.pending(caseId);
    const late = await at.decide('ben', first.proposalId, first.etag, approve);
    expect(late.status).toBe(409);
    // The first proposal's deadline passes; it has ended, so nothing moves.
    await at.passUntil(later(expiresAt, 500));
    expect((await at.case(caseId)).state).toBe('awaiting-approval');
    const decided = await at.decide('ben', second.proposalId, second.etag, approve);
    expect(decided.status).toBe(200);
    await at.until(caseId, 'closed');
    const [effect] = await at.effects('A-2102');
    expect(JSON.parse(effect!.body)).toMatchObject({ change: { amountCents: 400 } });
  });

  it('expires when nobody answers in time', async () => {
    const caseId = await at.openHasty('expired-1', refund('A-2103'));
    const { proposalId, etag, body } = await at.pending(caseId);
    await at.passUntil(later(body.expiresAt, -1_000));
    await at.passUntil(body.expiresAt);
    await at.until(caseId, 'expired');
    const asked = (await at.timeline(caseId)).find(({ type }) => type === 'ApprovalExpiryAsked');
    expect(asked!.recordedAt >= body.expiresAt).toBe(true);
    expect((await at.decide('ana', proposalId, etag, approve)).status).toBe(409);
    expect(await at.effects('A-2103')).toHaveLength(0);
  });
});

const later = (instant: string, ms: number): string =>
  new Date(Date.parse(instant) + ms).toISOString();

const between = (from: string, to: string, share: number): string =>
  later(from, share * (Date.parse(to) - Date.parse(from)));
