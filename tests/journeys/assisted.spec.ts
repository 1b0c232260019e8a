import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startInWorld, type ProductInAnyWorld } from './world.js';

let at: ProductInAnyWorld;
beforeAll(async () => {
  at = await startInWorld();
});
afterAll(() => at.stop());

const odd = {
  subject: 'A question about your founders',
  body: 'Good morning, could you tell me which school your founders went to? Many thanks.',
};

const request = async (caseId: string) => {
  await at.until(caseId, 'assisted');
  return at.eventually(`a request for ${caseId}`, async (): Promise<string | undefined> => {
    const { body } = await at.ask('lena', 'GET', `/v1/assistance?caseId=${caseId}`);
    return body.items[0]?.requestId;
  });
};

describe('a ticket that the agent abstains from', () => {
  it('A16 is proposed by a person, approved by another, executed once', async () => {
    const caseId = await at.open('assisted-1', odd);
    const requestId = await request(caseId);
    const proposal = {
      tool: 'crm.resolve-ticket@1',
      rationale: 'A friendly answer by hand.',
      arguments: {
        order: 'A-4001',
        customer: '4001',
        reply: { subject: 'Our founders', text: 'They met at evening school.' },
        change: { kind: 'none' },
      },
    };
    const url = `/v1/assistance/${requestId}/proposal`;
    const bad = await at.ask('lena', 'POST', url, { ...proposal, arguments: { order: 7 } });
    expect(bad.status).toBe(422);
    const proposed = await at.ask('lena', 'POST', url, proposal);
    expect(proposed.status).toBeLessThan(300);
    const { proposalId, etag } = await at.pending(caseId);
    const own = await at.decide('lena', proposalId, etag, { decision: 'approve' });
    expect(own.status).toBe(403);
    expect((await at.decide('ana', proposalId, etag, { decision: 'approve' })).status).toBe(200);
    await at.until(caseId, 'closed');
    expect(await at.effects('A-4001')).toHaveLength(1);
  });

  it('is rejected when the person declines', async () => {
    const caseId = await at.open('assisted-2', odd);
    const requestId = await request(caseId);
    const url = `/v1/assistance/${requestId}/decline`;
    const declined = await at.ask('lena', 'POST', url, {
      reasonCode: 'other',
      comment: 'by phone',
    });
    expect(declined.status).toBe(200);
    await at.until(caseId, 'rejected');
    const types = (await at.timeline(caseId)).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['AbstentionRecorded', 'AssistanceDeclineRecorded']),
    );
  });

  it('expires when nobody answers', async () => {
    const caseId = await at.openHasty('assisted-3', odd);
    const { body } = await at.ask('lena', 'GET', `/v1/assistance/${await request(caseId)}`);
    await at.passUntil(body.expiresAt);
    await at.until(caseId, 'expired');
  });
});
