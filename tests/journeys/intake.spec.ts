import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refund } from './over-http.js';
import { startInWorld, type ProductInAnyWorld } from './world.js';

let at: ProductInAnyWorld;
beforeAll(async () => {
  at = await startInWorld();
});
afterAll(() => at.stop());

const source = 'https://demo.example/tickets';
const standing = (id: string, as = 'demo') =>
  at.ask(as, 'GET', `/v1/intake?${new URLSearchParams({ source, id })}`);

describe('upstream', () => {
  it('U1 A4 may send the same event again and gets the same answer; one case comes of it (I6)', async () => {
    const answers = [
      await at.submit('same-1', refund('A-3001')),
      ...(await Promise.all(
        Array.from({ length: 8 }, () => at.submit('same-1', refund('A-3001'))),
      )),
    ];
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const { caseId } = answers[0]!.body;
    await at.pending(caseId);
    const { items } = await at.list((await at.case(caseId)).position);
    expect(items.filter((item: { caseId: string }) => item.caseId === caseId)).toHaveLength(1);
  });

  it('U1 gets 409 for another body under the same id, and the first one stands', async () => {
    const first = await at.submit('conflict-1', refund('A-3002'));
    const second = await at.submit('conflict-1', refund('A-3002', '6.00 EUR'));
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ caseId: first.body.caseId });
    await at.pending(first.body.caseId);
  });

  it('U1 can look up what became of an event: accepted, rejected with the reason, the outcome', async () => {
    expect((await standing('nobody-knows')).status).toBe(404);
    const bad = await at.submit('lookup-1', { subject: 'no body' } as never);
    expect(bad.status).toBe(422);
    expect(bad.body.errors).toContainEqual(expect.objectContaining({ pointer: '/data/body' }));
    expect((await standing('lookup-1')).body).toMatchObject({
      status: 'rejected',
      problems: [expect.objectContaining({ pointer: '/data/body' })],
    });
    const good = await at.submit('lookup-1', refund('A-3003'));
    expect(good.status).toBe(202);
    expect((await standing('lookup-1')).body).toMatchObject({ status: 'accepted' });
    const { proposalId, etag } = await at.pending(good.body.caseId);
    await at.decide('ana', proposalId, etag, { decision: 'approve' });
    await at.until(good.body.caseId, 'closed');
    const told = async () => (await standing('lookup-1')).body.outcome;
    expect(await at.eventually('an outcome', told)).toBe('closed');
  });

  it('speaks for its own source only', async () => {
    expect((await standing('same-1', 'shop')).status).toBe(403);
    const event = {
      specversion: '1.0',
      id: 'x',
      source,
      type: 'support.ticket.created.v1',
      data: {},
    };
    const url = `${at.addresses.intake}/v1/intake`;
    expect((await at.ask('shop', 'POST', url, event)).status).toBe(403);
    expect((await at.ask('ana', 'POST', url, event)).status).toBe(403);
  });

  it('may send CloudEvents in binary mode', async () => {
    const url = `${at.addresses.intake}/v1/intake`;
    const answer = await at.ask(
      'demo',
      'POST',
      url,
      { customer: { id: '3004' }, ...refund('A-3004') },
      {
        'ce-specversion': '1.0',
        'ce-id': 'binary-1',
        'ce-source': source,
        'ce-type': 'support.ticket.created.v1',
        'ce-correlationid': 'corr-binary-1',
      },
    );
    expect(answer.status).toBe(202);
    await at.pending(answer.body.caseId);
    expect(await at.case(answer.body.caseId)).toMatchObject({ correlationId: 'corr-binary-1' });
  });

  it('is told where an event is wrong, and of the limit when it is too large', async () => {
    const url = `${at.addresses.intake}/v1/intake`;
    const event = {
      specversion: '0.3',
      id: '',
      source,
      type: 'support.ticket.created.v1',
      data: {},
    };
    const wrong = await at.ask('demo', 'POST', url, event);
    expect(wrong.status).toBe(422);
    expect(wrong.headers.get('content-type')).toContain('application/problem+json');
    const pointers = wrong.body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/specversion', '/id']));
    const unknown = { ...event, specversion: '1.0', id: 'u', type: 'unheard.of.v1' };
    expect((await at.ask('demo', 'POST', url, unknown)).body.errors[0].pointer).toBe('/type');
    const large = await at.submit('large-1', { ...refund('A-3005'), body: 'x'.repeat(70_000) });
    expect(large.status).toBe(413);
  });
});

/** A case as its stream says, once it moves only when people act. */
const atRest = (caseId: string) =>
  at.eventually(`${caseId} at rest`, async () => {
    const found = await at.case(caseId);
    return found.endedAt !== null || found.waiting?.on === 'people' ? found : undefined;
  });

const shown = ({ caseId, state, step }: { caseId: string; state: string; step: string }) => ({
  caseId,
  state,
  step,
});

describe('the list of cases', () => {
  it('A8 filters by state, owner, queue and age, and says as of which position', async () => {
    const caseId = await at.open('listed-1', refund('A-3006'));
    await at.pending(caseId);
    const { position } = await at.case(caseId);
    const whose = 'owner=head-of-support&queue=support-supervisors';
    const list = await at.list(
      position,
      `state=awaiting-approval&${whose}&sort=openedAt&order=desc`,
    );
    expect(list.position).toEqual(expect.any(String));
    expect(list.items.map((item: { caseId: string }) => item.caseId)).toContain(caseId);
    expect(list.items.every((item: { state: string }) => item.state === 'awaiting-approval')).toBe(
      true,
    );
    expect(list.states['awaiting-approval']).toBe(list.total);
    const others = await at.ask('ana', 'GET', '/v1/cases?owner=head-of-nothing');
    expect(others.body).toMatchObject({ total: 0, items: [] });
    const old = await at.ask('ana', 'GET', '/v1/cases?openedBefore=2020-01-01T00:00:00Z');
    expect(old.body).toMatchObject({ total: 0, items: [] });
    expect((await at.ask('ana', 'GET', '/v1/cases?state=unheard-of')).status).toBe(400);
  });

  it('A8 equals a fold over the streams', async () => {
    const opened = await at.open('listed-2', refund('A-3008'));
    await at.pending(opened);
    const { items } = await at.list((await at.case(opened)).position);
    const ids = items.map(({ caseId }: { caseId: string }) => caseId);
    expect(ids).toContain(opened);
    const cases = await Promise.all(ids.map(atRest));
    const newest = cases.map(({ position }) => position).sort(at.backbone.store.comparePositions);
    const list = await at.list(newest.at(-1));
    expect(list.items.map(shown)).toEqual(cases.map(shown));
  });

  it('waits for a position that it has not read yet, and gives up with 503', async () => {
    const { body } = await at.submit('position-1', refund('A-3007'));
    const far = body.position.replace(/\d+/g, (digits: string) =>
      String(BigInt(digits) + 1_000_000_000n).padStart(digits.length, '0'),
    );
    const url = (position: string) => `/v1/cases?min-position=${position}`;
    expect((await at.ask('ana', 'GET', url(body.position))).status).toBe(200);
    expect((await at.ask('ana', 'GET', url(far))).status).toBe(503);
  });
});
