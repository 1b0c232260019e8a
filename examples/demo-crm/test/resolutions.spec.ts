import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { openDemoCrm, orderAsSold, type DemoCrm, type Order } from '../src/index.js';
import { bodyOf, get, keys, ledgerOf, post, refundOf, temporaryFolder } from './open-crm.js';

const folder = temporaryFolder();
let crm: DemoCrm;
beforeAll(() => {
  crm = openDemoCrm({ ...keys, dataFile: join(folder.path, 'ledger.jsonl') });
});
afterAll(async () => {
  await crm.close();
  folder.remove();
});

const orderIn = async (id: string) => bodyOf<Order>(await get(crm, `/orders/${id}`));
const last = async () => (await ledgerOf(crm)).at(-1)!;
/** An order number of that customer whose order, as sold, has the property. */
const orderWhere = (holds: (order: Order) => boolean): string => {
  for (let number = 100_000; ; number += 1) {
    if (holds(orderAsSold(`A-${number}`))) return `A-${number}`;
  }
};

describe('reading', () => {
  it('knows every order of the right shape, with its customer in the last four digits', async () => {
    for (const id of ['A-0001', 'A-20931', 'A-123456789012']) {
      const response = await get(crm, `/orders/${id}`);
      expect([response.status, response.headers.etag]).toEqual([200, '"1"']);
      expect(bodyOf<Order>(response)).toMatchObject({ id, customer: id.slice(-4), revision: 1 });
    }
    const customer = await get(crm, '/customers/0931');
    expect(bodyOf(customer)).toMatchObject({ id: '0931' });
    const { orders } = bodyOf<{ orders: Order[] }>(await get(crm, '/customers/0931/orders'));
    expect(orders.every((order) => order.customer === '0931')).toBe(true);
  });

  it('sells the same under the same last six digits, as orders of their own', async () => {
    const [one, other] = [await orderIn('A-310931'), await orderIn('A-42310931')];
    expect({ ...other, id: one.id }).toEqual(one);
    await post(crm, { order: 'A-42310931', key: 'of its own' });
    expect(await orderIn('A-310931')).toEqual(one);
  });

  it('answers 404 for anything else', async () => {
    for (const path of ['/orders/A-1', '/orders/B-20931', '/orders/A-1234567890123', '/nothing']) {
      expect((await get(crm, path)).status).toBe(404);
    }
    expect((await get(crm, '/resolutions/never-used')).status).toBe(404);
  });

  it('needs a key, and takes either', async () => {
    expect((await get(crm, '/orders/A-20931', null)).status).toBe(401);
    expect((await get(crm, '/orders/A-20931', 'guess')).status).toBe(403);
    expect((await get(crm, '/orders/A-20931', keys.writeKey)).status).toBe(200);
  });
});

describe('a resolution', () => {
  it('changes the order and answers the customer in one effect, in the ledger before the answer', async () => {
    const response = await post(crm, { order: 'A-1001', key: 'one' });
    expect([response.status, response.headers.etag]).toEqual([201, '"2"']);
    expect(await orderIn('A-1001')).toMatchObject({ refundedCents: 1_000, revision: 2 });
    expect(await last()).toMatchObject({
      method: 'POST',
      path: '/orders/A-1001/resolutions',
      key: 'one',
      ifMatch: '"1"',
      outcome: 'effect',
      reference: bodyOf<{ resolutionId: string }>(response).resolutionId,
    });
  });

  it('keeps the body as received in canonical form, so that a digest can be recomputed', async () => {
    const body =
      '{ "reply":{"text":"€","subject":"s"}, "customer":"1002","change":{"kind":"none"} }';
    await post(crm, { order: 'A-1002', key: 'canonical', body });
    expect((await last()).body).toBe(
      '{"change":{"kind":"none"},"customer":"1002","reply":{"subject":"s","text":"€"}}',
    );
  });

  it('is done once however often its key comes (I3), also when all come at once', async () => {
    const calls = Array.from({ length: 50 }, () => post(crm, { order: 'A-1003', key: 'same' }));
    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(49).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    const entries = (await ledgerOf(crm)).filter(({ key }) => key === 'same');
    expect(entries.filter(({ outcome }) => outcome === 'effect')).toHaveLength(1);
    expect(entries.filter(({ outcome }) => outcome === 'repeat')).toHaveLength(49);
    expect(await orderIn('A-1003')).toMatchObject({ refundedCents: 1_000, revision: 2 });
  });

  it('refuses a key that was used for another body or another order', async () => {
    await post(crm, { order: 'A-1004', key: 'reused' });
    const other = await post(crm, { order: 'A-1004', key: 'reused', body: refundOf('A-1004', 2) });
    expect(other.status).toBe(422);
    expect((await post(crm, { order: 'A-1005', key: 'reused' })).status).toBe(422);
    expect((await last()).outcome).toBe('conflict');
  });

  it('refuses a stale If-Match (I25), but looks at the key first', async () => {
    await post(crm, { order: 'A-1006', key: 'first' });
    expect((await post(crm, { order: 'A-1006', key: 'second' })).status).toBe(412);
    expect(await last()).toMatchObject({ outcome: 'conflict', status: 412, reference: null });
    // The order has moved on to revision 2, and the first call still finds its own answer.
    expect((await post(crm, { order: 'A-1006', key: 'first' })).status).toBe(200);
    // A refused call has not used up its key.
    const fresh = await post(crm, { order: 'A-1006', key: 'second', ifMatch: '"2"' });
    expect(fresh.status).toBe(201);
  });

  it('needs both headers', async () => {
    expect((await post(crm, { order: 'A-1007', key: null })).status).toBe(400);
    expect((await post(crm, { order: 'A-1007', key: 'k7', ifMatch: null })).status).toBe(428);
  });

  it('can be found by its key', async () => {
    const done = await post(crm, { order: 'A-1008', key: 'to-find' });
    expect((await get(crm, '/resolutions/to-find')).body).toBe(done.body);
  });

  it('refuses what cannot be, all of it', async () => {
    const price = orderAsSold('A-1009').priceCents;
    const change = (body: object) => ({ ...refundOf('A-1009', 1), ...body });
    const impossible: [object, number][] = [
      [refundOf('A-1009', price + 1), 422],
      [change({ customer: '1010' }), 422],
      [change({ change: { kind: 'refund', amountCents: 100, currency: 'USD' } }), 422],
      [change({ change: { kind: 'refund', amountCents: 0.5, currency: 'EUR' } }), 422],
      [change({ change: { kind: 'gift', amountCents: 1 } }), 422],
      [change({ change: { kind: 'none', sku: 'LAMP-M' } }), 422],
      [change({ reply: { subject: '', text: 'x' } }), 422],
      [{ ...refundOf('A-1009', 1), more: true }, 422],
    ];
    for (const [n, [body, status]] of impossible.entries()) {
      expect((await post(crm, { order: 'A-1009', key: `no-${n}`, body })).status).toBe(status);
    }
    expect((await post(crm, { order: 'A-1009', key: 'no-json', body: '{' })).status).toBe(400);
    expect(await orderIn('A-1009')).toEqual(orderAsSold('A-1009'));
  });

  it('refunds no more than was paid, in all', async () => {
    const price = orderAsSold('A-1011').priceCents;
    const all = { order: 'A-1011', body: refundOf('A-1011', price) };
    expect((await post(crm, { ...all, key: 'all' })).status).toBe(201);
    const more = { order: 'A-1011', body: refundOf('A-1011', 1), ifMatch: '"2"' };
    expect((await post(crm, { ...more, key: 'more' })).status).toBe(409);
    expect((await last()).outcome).toBe('conflict');
  });

  it('redirects an order until it is delivered', async () => {
    const address = { street: '4 New St', city: 'Cork', postalCode: 'T12 X0', country: 'IE' };
    const move = (order: string) =>
      post(crm, {
        order,
        key: `move-${order}`,
        body: { ...refundOf(order, 1), change: { kind: 'address', address } },
      });
    const onItsWay = orderWhere((order) => order.status === 'shipped');
    expect((await move(onItsWay)).status).toBe(201);
    expect(await orderIn(onItsWay)).toMatchObject({ deliveryAddress: address });
    expect((await move(orderWhere((order) => order.status === 'delivered'))).status).toBe(409);
  });
});

describe('a write call without the right', () => {
  it('has no effect and stands in the ledger as refused (I17)', async () => {
    const before = await orderIn('A-1012');
    for (const [bearer, status] of [
      [null, 401],
      [keys.readKey, 403],
      ['guess', 403],
    ] as const) {
      const response = await post(crm, { order: 'A-1012', key: 'forged', bearer });
      expect(response.status).toBe(status);
      expect(await last()).toMatchObject({ outcome: 'refused', status, reference: null });
    }
    expect(await orderIn('A-1012')).toEqual(before);
  });

  it('is refused as too large without being kept', async () => {
    const response = await post(crm, { order: 'A-1013', key: 'big', body: 'x'.repeat(70_000) });
    expect(response.status).toBe(413);
    expect(await last()).toMatchObject({ outcome: 'refused', body: null });
  });
});

describe('the old replacement endpoint', () => {
  it('knows no keys: every call is an effect', async () => {
    const path = '/legacy/orders/A-1014/replacements';
    const body = { customer: '1014', reply: refundOf('A-1014', 1).reply, sku: 'LAMP-M' };
    const answers = [await post(crm, { path, body }), await post(crm, { path, body })];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(await orderIn('A-1014')).toMatchObject({ replacementSku: 'LAMP-M', revision: 3 });
    expect((await post(crm, { path, body: { ...body, sku: 'anything' } })).status).toBe(422);
  });
});

describe('the ledger', () => {
  it('is public and read in pages', async () => {
    const first = bodyOf<{ entries: { seq: number }[]; next: number; count: number }>(
      await get(crm, '/ledger?limit=2', null),
    );
    expect(first.entries.map(({ seq }) => seq)).toEqual([1, 2]);
    const next = await get(crm, `/ledger?after=${first.next}&limit=1`, null);
    expect(bodyOf<typeof first>(next).entries.map(({ seq }) => seq)).toEqual([3]);
    expect((await get(crm, '/ledger?after=x', null)).status).toBe(400);
  });
});
