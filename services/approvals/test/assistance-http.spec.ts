import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proposalIdOf, streams } from '@countersign/contracts';
import { verifyProposal } from '@countersign/trust';
import { ana, ben, otto, trustedKeys } from './people-and-proposals.js';
import { approvalOf, http, startProduct, tool, until, type Product } from './world.js';

let product: Product;
let reads = 0;
beforeAll(async () => {
  product = await startProduct({}, async ({ path }) => {
    reads += 1;
    if (path === '/orders/A-1009') return { status: 500, headers: {}, body: '' };
    if (path !== '/orders/A-1001') return { status: 404, headers: {}, body: '' };
    return { status: 200, headers: { etag: '"9"' }, body: '{"id":"A-1001","refundedCents":100}' };
  });
});
afterAll(() => product.stop());

const ask = async () => {
  const caseId = randomUUID();
  const { step, visit, workflow, queue, need, expiresAt } = approvalOf(caseId).data;
  const data = {
    ...{ step, visit, workflow, queue, need, expiresAt },
    reason: 'abstained: unknown-request',
    tools: [tool.reference],
    context: { input: { text: 'Wo ist meine Lampe?' }, results: {} },
    requester: 'mara@example.org',
  };
  const { id: requestId } = await product.say('RequestAssistance', data, { caseId });
  await until(async () => (await typesIn(requestId)).length > 0 || undefined);
  return { requestId, caseId };
};
const typesIn = async (requestId: string) =>
  (await product.store.read(streams.assist(requestId))).map(({ type }) => type);
const written = (changed: object = {}) => ({
  tool: 'crm.resolve-ticket@1',
  arguments: { order: 'A-1001', reply: 'Sie ist unterwegs.', amountCents: 0 },
  rationale: 'She wants to know where it is.',
  ...changed,
});
const propose = (requestId: string, as = ana, body: unknown = written()) =>
  http(product, 'POST', `/v1/assistance/${requestId}/proposal`, { as, body });

describe('GET /v1/assistance', () => {
  it('shows the case so far, the tools and their schemas, and what the caller may do', async () => {
    const { requestId, caseId } = await ask();
    const { status, body } = await http(product, 'GET', `/v1/assistance/${requestId}`, { as: ana });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      requestId,
      caseId,
      state: 'open',
      why: 'abstained: unknown-request',
      content: { context: { input: { text: 'Wo ist meine Lampe?' } } },
      tools: [
        { name: 'crm.resolve-ticket', arguments: { required: ['order', 'reply', 'amountCents'] } },
      ],
      allowedActions: [
        { action: 'propose', allowed: true },
        { action: 'decline', allowed: true },
      ],
    });
    const list = await http(
      product,
      'GET',
      `/v1/assistance?caseId=${caseId}&min-position=${body.position}`,
      {
        as: ana,
      },
    );
    expect(list.body.items).toMatchObject([
      { requestId, state: 'open', content: { title: 'abstained: unknown-request' } },
    ]);
  });
});

describe('POST /v1/assistance/{requestId}/proposal', () => {
  it('reads the target again, signs for the person, and answers the orchestrator', async () => {
    const { requestId, caseId } = await ask();
    const { status, body } = await propose(requestId);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      requestId,
      caseId,
      answer: { kind: 'proposed', by: { sub: 'ana' }, proposalId: proposalIdOf(requestId) },
    });
    const heard = await until(async () =>
      (await product.answers(1)).find(({ caseId: of }) => of === caseId),
    );
    const { proposal, content, answers } = heard.data as any;
    expect(answers).toBe(requestId);
    expect(content).toMatchObject({
      witness: { resource: '/orders/A-1001', etag: '"9"' },
      target: { id: 'A-1001', refundedCents: 100 },
    });
    expect(verifyProposal(proposal, trustedKeys)).toBe(true);
    expect(proposal.author).toEqual({ type: 'human', id: 'ana' });
  });
  it('is shown to people again as a proposal of that person, whom it bars', async () => {
    const { requestId, caseId } = await ask();
    await propose(requestId);
    const heard = await until(async () =>
      (await product.answers(1)).find(({ caseId: of }) => of === caseId),
    );
    const { proposal, content } = heard.data as any;
    const { data } = approvalOf(caseId, { changed: { proposal, content } });
    await product.say('RequestApproval', data, { caseId });
    const path = `/v1/approvals/${proposal.proposalId}`;
    const shown = await until(async () => {
      const reply = await http(product, 'GET', path, { as: ana });
      return reply.status === 200 ? reply : undefined;
    });
    expect(shown.body.allowedActions[0]).toMatchObject({ allowed: false, code: 'own-proposal' });
  });
  it('answers the same person and body as before, without reading the target again', async () => {
    const { requestId } = await ask();
    const first = await propose(requestId);
    const before = reads;
    expect((await propose(requestId)).body).toEqual(first.body);
    expect(reads).toBe(before);
    const other = await propose(requestId, ana, written({ rationale: 'Else.' }));
    expect([other.status, other.body.answer]).toEqual([409, first.body.answer]);
    expect((await propose(requestId, ben)).status).toBe(409);
    expect(await typesIn(requestId)).toHaveLength(2);
  });
  it('I15 refuses arguments that do not fit, other tools, and targets that are not there', async () => {
    const { requestId } = await ask();
    const with_ = (args: object) => written({ arguments: { ...written().arguments, ...args } });
    const invalid = await propose(requestId, ana, with_({ amountCents: '12' }));
    expect([invalid.status, invalid.body.errors]).toEqual([
      422,
      [{ pointer: '/arguments/amountCents', message: 'must be integer' }],
    ]);
    expect((await propose(requestId, ana, with_({ extra: 1 }))).status).toBe(422);
    const foreign = await propose(requestId, ana, written({ tool: 'crm.delete-all@1' }));
    expect([foreign.status, foreign.body.type.split(':').at(-1)]).toEqual([
      422,
      'tool-not-offered',
    ]);
    expect((await propose(requestId, ana, with_({ order: 'A-4040' }))).status).toBe(422);
    expect((await propose(requestId, ana, with_({ order: 'A-1009' }))).status).toBe(503);
    expect(await typesIn(requestId)).toEqual(['AssistanceRequested']);
  });
  it('lets nobody without the role make us read a target', async () => {
    const { requestId } = await ask();
    const before = reads;
    expect((await propose(requestId, otto)).status).toBe(403);
    expect((await propose(randomUUID())).status).toBe(404);
    expect(reads).toBe(before);
  });
});

describe('POST /v1/assistance/{requestId}/decline', () => {
  it('records why, once', async () => {
    const { requestId, caseId } = await ask();
    const path = `/v1/assistance/${requestId}/decline`;
    const body = { reasonCode: 'customer-withdrew', comment: 'She called.' };
    const first = await http(product, 'POST', path, { as: ben, body });
    expect([first.status, first.body.answer.kind]).toEqual([200, 'declined']);
    expect((await http(product, 'POST', path, { as: ben, body })).body).toEqual(first.body);
    expect((await http(product, 'POST', path, { as: ana, body })).status).toBe(409);
    expect((await http(product, 'POST', path, { as: ana, body: {} })).status).toBe(400);
    const heard = await until(async () =>
      (await product.answers(1)).find(({ caseId: of }) => of === caseId),
    );
    expect(heard.data).toMatchObject({ answers: requestId, by: { sub: 'ben' }, ...body });
  });
  it('is too late once time ended the request', async () => {
    const { requestId, caseId } = await ask();
    const firedAt = '2026-01-07T09:00:00.000Z';
    await product.say('ExpireAssistance', { requestId, firedAt }, { caseId });
    await until(async () => (await typesIn(requestId)).length === 2 || undefined);
    const { status, body } = await propose(requestId);
    expect([status, body.answer.kind]).toEqual([409, 'expired']);
  });
});
