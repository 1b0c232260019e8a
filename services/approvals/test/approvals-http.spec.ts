import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canonical, proposalDigest, verifyDecision } from '@countersign/trust';
import { streams } from '@countersign/contracts';
import { recall } from '@countersign/event-store';
import type { Caller } from '../src/domain/people.js';
import { ana, ben, mara, otto, trustedKeys } from './people-and-proposals.js';
import { ask, decide, http, startProduct, until, type Product } from './world.js';

const sre: Caller = { sub: 'sam', roles: ['sre'] };
let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product.stop());

const typesIn = async (stream: string) =>
  (await product.store.read(stream)).map(({ type }) => type);

describe('GET /v1/approvals/{proposalId}', () => {
  it('shows what will run, what stands there now, and what this caller may do', async () => {
    const { proposalId, digest, caseId, data } = await ask(product, { flags: ['link-in-text'] });
    const { status, headers, body } = await http(product, 'GET', `/v1/approvals/${proposalId}`, {
      as: ana,
    });
    expect(status).toBe(200);
    expect(headers.get('etag')).toBe(`"${digest}"`);
    expect(body).toMatchObject({
      proposalId,
      caseId,
      state: 'open',
      ending: null,
      digest,
      author: { type: 'agent', id: 'ticket-drafter' },
      flags: ['link-in-text'],
      tool: { name: 'crm.resolve-ticket', title: 'Answer the customer and change the order' },
      stage: 'human-approval',
      expiresAt: '2026-01-07T09:00:00.000Z',
      evidence: data.proposal.evidence,
    });
    expect(body.content).toMatchObject({
      canonicalArguments: canonical(data.content.arguments),
      changes: [
        { field: 'Order', from: 'A-1001', to: 'A-1001' },
        { field: 'Refunded', from: '0.00', to: '45.00' },
        { field: 'Reply', from: null, to: 'Your refund is on its way.' },
      ],
      input: { text: 'Please refund my order A-1001.' },
      requester: 'mara@example.org',
    });
    expect(body.allowedActions).toEqual([
      { action: 'approve', allowed: true },
      { action: 'reject', allowed: true },
      { action: 'request-changes', allowed: true },
      expect.objectContaining({ action: 'resolve', allowed: false, code: 'not-uncertain' }),
    ]);
    expect(proposalDigest({ proposalId, caseId, tool: body.tool, ...body.content })).toBe(digest);
  });
  it('says why somebody may not', async () => {
    const { proposalId } = await ask(product);
    const shown = await http(product, 'GET', `/v1/approvals/${proposalId}`, { as: mara });
    expect(shown.body.allowedActions[0]).toMatchObject({ allowed: false, code: 'own-request' });
    const read = await http(product, 'GET', `/v1/approvals/${proposalId}`, { as: otto });
    expect(read.body.allowedActions[0]).toMatchObject({ allowed: false, code: 'wrong-role' });
  });
  it('is not for who may only see metadata, nor for strangers', async () => {
    const { proposalId } = await ask(product);
    const path = `/v1/approvals/${proposalId}`;
    expect((await http(product, 'GET', path, { as: sre })).status).toBe(403);
    expect((await http(product, 'GET', path)).status).toBe(401);
    const forged = { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' };
    expect((await http(product, 'GET', path, { headers: forged })).status).toBe(401);
  });
  it('answers 404 for a proposal nobody was asked about', async () => {
    const unknown = '/v1/approvals/2a0f6a7e-8a4b-5c1d-9e2f-3b4c5d6e7f80';
    const { status, body } = await http(product, 'GET', unknown, { as: ana });
    expect([status, body.type]).toEqual([404, 'urn:countersign:problem:unknown-proposal']);
  });
});

describe('PUT /v1/approvals/{proposalId}/decision', () => {
  it('approves: records, countersigns, releases, and tells the orchestrator', async () => {
    const { proposalId, digest, caseId, requestId } = await ask(product);
    const { status, body } = await decide(product, proposalId, digest, ana);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      proposalId,
      caseId,
      decision: 'approve',
      digest,
      ending: { kind: 'released', by: { sub: 'ana', role: 'supervisor' } },
      position: expect.any(String),
    });
    const stored = await product.store.read(streams.approval(proposalId));
    const { data } = (await recall(product.world, stored[1]!)) as { data: any };
    expect(verifyDecision(data.record, data.signature, trustedKeys)).toBe(true);
    expect(stored[1]!.metadata).toMatchObject({ actor: { type: 'human', id: 'ana' }, caseId });
    const heard = await until(async () =>
      (await product.answers(1)).find(({ caseId: of }) => of === caseId),
    );
    expect(heard).toMatchObject({
      type: 'ApprovalReleased',
      data: { answers: requestId, proposalId, digest, releaseRevision: 2 },
      source: { stream: streams.approval(proposalId), revision: 2 },
    });
  });
  it('H6 answers the same person, saying the same, with the same answer', async () => {
    const { proposalId, digest } = await ask(product);
    const first = await decide(product, proposalId, digest, ana);
    const again = await decide(product, proposalId, digest, ana);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await typesIn(streams.approval(proposalId))).toHaveLength(3);
  });
  it('H6 I13 two at once: one 200, one 409 that names the winner; the stream has one ending', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { proposalId, digest } = await ask(product);
      const results = await Promise.all([
        decide(product, proposalId, digest, ana),
        decide(product, proposalId, digest, ben, { decision: 'reject', reasonCode: 'other' }),
      ]);
      expect(results.map(({ status }) => status).sort()).toEqual([200, 409]);
      const winner = results.find(({ status }) => status === 200)!.body.ending;
      const loser = results.find(({ status }) => status === 409)!.body;
      expect(loser).toMatchObject({
        type: 'urn:countersign:problem:already-ended',
        ending: winner,
        detail: expect.stringContaining(winner.by.sub),
      });
      expect(await typesIn(streams.approval(proposalId))).toHaveLength(3);
    }
  });
  it('I4 refuses a stale digest with 412, and a missing one with 428', async () => {
    const { proposalId, digest } = await ask(product);
    const stale = await decide(product, proposalId, '0'.repeat(64), ana);
    expect(stale.status).toBe(412);
    expect(stale.headers.get('etag')).toBe(`"${digest}"`);
    const path = `/v1/approvals/${proposalId}/decision`;
    const body = { decision: 'approve' };
    expect((await http(product, 'PUT', path, { as: ana, body })).status).toBe(428);
    expect(await typesIn(streams.approval(proposalId))).toEqual(['ApprovalRequested']);
  });
  it('I2 refuses the wrong role, the own request and the own proposal with 403', async () => {
    const { proposalId, digest } = await ask(product, { author: { type: 'human', id: 'ana' } });
    const codes = await Promise.all(
      [otto, sre, mara, ana].map(async (as) => {
        const { status, body } = await decide(product, proposalId, digest, as);
        return `${status} ${body.type.split(':').at(-1)}`;
      }),
    );
    expect(codes).toEqual([
      '403 wrong-role',
      '403 wrong-role',
      '403 own-request',
      '403 own-proposal',
    ]);
    const upstream: Caller = { sub: 'shop', roles: ['upstream'] };
    expect((await decide(product, proposalId, digest, upstream)).status).toBe(403);
    expect((await decide(product, proposalId, digest, ben)).status).toBe(200);
  });
  it('takes who decides from the token, never from the body', async () => {
    const { proposalId, digest } = await ask(product);
    const body = { decision: 'approve', approver: 'ben', by: { sub: 'ben' } };
    const refused = await decide(product, proposalId, digest, ana, body);
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map(({ pointer }: any) => pointer)).toEqual(['/approver', '/by']);
  });
  it('needs a reason from the closed list to say no', async () => {
    const { proposalId, digest } = await ask(product);
    const without = await decide(product, proposalId, digest, ana, { decision: 'reject' });
    expect([without.status, without.body.errors]).toEqual([
      422,
      [{ pointer: '/reasonCode', message: 'choose why' }],
    ]);
    const foreign = { decision: 'reject', reasonCode: 'because' };
    expect((await decide(product, proposalId, digest, ana, foreign)).status).toBe(400);
    const [reasonCode, comment] = ['wrong-tone', 'Friendlier.'];
    const given = { decision: 'request-changes', reasonCode, comment };
    expect((await decide(product, proposalId, digest, ana, given)).status).toBe(200);
    const shown = await http(product, 'GET', `/v1/approvals/${proposalId}`, { as: ben });
    expect(shown.body).toMatchObject({
      state: 'ended',
      ending: { kind: 'changes-requested', by: { sub: 'ana' }, reasonCode, comment },
    });
  });
  it('C15 refuses to approve what the stage of its tool forbids', async () => {
    const other = { ...(await ask(product)).data.proposal.tool, version: 2 };
    const { proposalId, digest } = await ask(product, { tool: other });
    const { status, body } = await decide(product, proposalId, digest, ana);
    expect([status, body.stage]).toEqual([409, 'read-only']);
    const no = { decision: 'reject', reasonCode: 'other' };
    expect((await decide(product, proposalId, digest, ana, no)).status).toBe(200);
  });
  it('ends open proposals when time is over: 409 before the expiry is recorded, and after', async () => {
    const slow = await startProduct();
    try {
      const { proposalId, digest, caseId, requestId } = await ask(slow);
      slow.clock.set('2026-01-07T09:00:00.000Z');
      const pending = await decide(slow, proposalId, digest, ana);
      expect([pending.status, pending.body.type.split(':').at(-1)]).toEqual([
        409,
        'expired-pending',
      ]);
      const firedAt = '2026-01-07T09:00:00.000Z';
      await slow.say('ExpireApproval', { proposalId, requestId, firedAt }, { caseId });
      await slow.answers(1);
      const late = await decide(slow, proposalId, digest, ana);
      expect(late.body.ending).toMatchObject({ kind: 'expired' });
      expect(late.body.ending.by).toBeUndefined();
    } finally {
      await slow.stop();
    }
  });
});

describe('PUT /v1/approvals/{proposalId}/resolution', () => {
  it('I20 is given by somebody other than the approver, and the first one counts', async () => {
    const { proposalId, digest, caseId } = await ask(product);
    await decide(product, proposalId, digest, ana);
    const path = `/v1/approvals/${proposalId}/resolution`;
    const done = { outcome: 'done', evidence: 'The ledger has it under our key.' };
    expect((await http(product, 'PUT', path, { as: ben, body: done })).status).toBe(409);
    const asked = await product.say(
      'RequestResolution',
      { proposalId, reason: 'no answer', since: '2026-01-05T09:10:00.000Z' },
      { caseId },
    );
    await until(
      async () => (await typesIn(streams.approval(proposalId))).length === 4 || undefined,
    );
    const shown = await http(product, 'GET', `/v1/approvals/${proposalId}`, { as: ben });
    expect(shown.body).toMatchObject({ state: 'uncertain', uncertain: { reason: 'no answer' } });
    const own = await http(product, 'PUT', path, { as: ana, body: done });
    expect([own.status, own.body.type.split(':').at(-1)]).toEqual([403, 'own-decision']);
    const first = await http(product, 'PUT', path, { as: ben, body: done });
    expect(first.status).toBe(200);
    expect((await http(product, 'PUT', path, { as: ben, body: done })).body).toEqual(first.body);
    const late = await http(product, 'PUT', path, {
      as: { sub: 'lena', roles: ['l2'] },
      body: { outcome: 'not-done', evidence: 'I think not.' },
    });
    expect([late.status, late.body.resolution]).toEqual([409, first.body.resolution]);
    const heard = await until(async () =>
      (await product.answers(1)).find(({ type }) => type === 'OutcomeResolved'),
    );
    expect(heard.data).toMatchObject({ answers: asked.id, outcome: 'done', by: { sub: 'ben' } });
  });
});

describe('GET /v1/approvals', () => {
  it('filters, sorts, and pages through everything once', async () => {
    const other = await startProduct();
    try {
      const ids: string[] = [];
      for (let n = 0; n < 5; n += 1) {
        const expiresAt = `2026-01-0${7 - (n % 3)}T0${n}:00:00.000Z`;
        const changed = { expiresAt, queue: { name: n === 4 ? 'second' : 'first', owner: 'x' } };
        ids.push((await ask(other, { changed })).proposalId);
      }
      const decided = await ask(other);
      const { body } = await decide(other, decided.proposalId, decided.digest, ana);
      const at = `min-position=${body.position}`;
      const seen: string[] = [];
      let cursor = '';
      do {
        const page = await http(other, 'GET', `/v1/approvals?state=open&limit=2&${at}${cursor}`, {
          as: ana,
        });
        expect(page.status).toBe(200);
        expect(page.body).toMatchObject({ open: 5, position: expect.any(String) });
        seen.push(...page.body.items.map((item: any) => item.expiresAt));
        cursor = page.body.cursor ? `&cursor=${page.body.cursor}` : '';
      } while (cursor !== '');
      expect(seen).toHaveLength(5);
      expect(seen).toEqual([...seen].sort());
      const list = async (query: string) =>
        (await http(other, 'GET', `/v1/approvals?${query}`, { as: ana })).body.items;
      expect((await list('queue=second')).map((item: any) => item.proposalId)).toEqual([ids[4]]);
      expect(await list('tool=crm.resolve-ticket')).toHaveLength(6);
      expect(await list('tool=crm.resolve-ticket@2')).toHaveLength(0);
      expect(await list(`caseId=${decided.caseId}`)).toHaveLength(1);
      const [ended] = await list('state=ended&sort=endedAt&order=desc');
      expect(ended).toMatchObject({
        proposalId: decided.proposalId,
        state: 'ended',
        ending: 'released',
        content: { title: tool_title, by: { sub: 'ana' }, changes: [{ field: 'Refunded' }, {}] },
      });
      const backwards = await list('state=open&order=desc');
      expect(backwards.map((item: any) => item.expiresAt)).toEqual([...seen].reverse());
    } finally {
      await other.stop();
    }
  });
  it('shows no content to who may only see metadata', async () => {
    await ask(product);
    const { status, body } = await http(product, 'GET', '/v1/approvals?limit=1', { as: sre });
    expect(status).toBe(200);
    expect(Object.keys(body.items[0]).sort()).toEqual([
      'caseId',
      'endedAt',
      'ending',
      'expiresAt',
      'proposalId',
      'queue',
      'requestedAt',
      'state',
      'tool',
    ]);
  });
  it('refuses what is no filter, cursor or position of ours', async () => {
    const status = async (query: string) =>
      (await http(product, 'GET', `/v1/approvals?${query}`, { as: ana })).status;
    expect(await status('limit=101')).toBe(400);
    expect(await status('state=closed')).toBe(400);
    expect(await status('who=me')).toBe(400);
    expect(await status('cursor=abc')).toBe(400);
    expect(await status('min-position=abc')).toBe(400);
  });
  it('says 503 when the list does not get as far as asked', async () => {
    const { status, headers } = await http(
      product,
      'GET',
      '/v1/approvals?min-position=0000000999999999',
      {
        as: ana,
      },
    );
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  }, 10_000);
});

const tool_title = 'Answer the customer and change the order';

describe('GET never decides', () => {
  it('reads everything 20 times and changes nothing', async () => {
    const { proposalId, caseId } = await ask(product);
    const position = async () => {
      const all = await product.store.read(streams.approval(proposalId));
      return JSON.stringify(all);
    };
    const before = await position();
    const paths = [
      `/v1/approvals/${proposalId}`,
      `/v1/approvals/${proposalId}/decision`,
      `/v1/approvals/${proposalId}/decision?decision=approve`,
      `/v1/approvals?caseId=${caseId}`,
    ];
    for (let n = 0; n < 20; n += 1) {
      for (const path of paths) {
        await http(product, 'GET', path, { as: ana });
        await http(product, 'HEAD', path, { as: ana });
      }
    }
    expect(await position()).toBe(before);
  });
});
