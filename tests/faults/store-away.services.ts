import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { caseIdOf, streams, topics } from '@countersign/contracts';
import { StoreUnavailable, type EventStore } from '@countersign/event-store';
import { BusUnavailable, type Bus } from '@countersign/messaging';
import { refund, startRunningProduct, type RunningProduct } from '../journeys/running-product.js';
import { approvedCase } from './approved-case.js';
import { everythingOf } from './everything-kept.js';
import { ticketSource } from './people-and-upstream.js';
import { trafficIn, untilQuiet } from './traffic.js';
import { keptOf, withoutRepeats } from './what-is-kept.js';
import { findingsIn, troubleIn } from './what-must-hold.js';

type Port<T> = { -readonly [Name in keyof T]: T[Name] };

const data = join(mkdtempSync(join(tmpdir(), 'countersign-away-')), 'data');
const leaseMs = 1_000;
const tickMs = 20;
let ticking: NodeJS.Timeout;
let at: RunningProduct;
let store: Port<EventStore>;
let bus: Port<Bus>;
beforeEach(async () => {
  at = await startRunningProduct({ data, agentLeaseMs: leaseMs, executorLeaseMs: leaseMs });
  // A worker whose claim was written, but who never heard of it, is given up in time: it runs faster.
  ticking = setInterval(() => at.clock.advance(3 * tickMs), tickMs);
  // Services reach the store and the bus through these two, and nothing else.
  store = at.product.worlds.store;
  bus = at.product.worlds.bus;
});
afterEach(async () => {
  clearInterval(ticking);
  await at.stop();
  rmSync(join(data, '..'), { recursive: true, force: true });
});

const approve = { decision: 'approve' };

/** Decides until it was taken; between, the same is said again, as a person would. */
const approveInsistently = async (caseId: string): Promise<void> => {
  const { proposalId, etag } = await at.pending(caseId);
  for (;;) {
    const { status } = await at.decide('ana', proposalId, etag, approve);
    if (status === 200) return;
    expect(status).toBe(503);
  }
};

const openInsistently = async (id: string, order: string): Promise<string> => {
  for (;;) {
    const { status, body } = await at.submit(id, refund(order));
    if (status === 202) return body.caseId;
    expect(status).toBe(503);
  }
};

/** As if nothing had happened: the same steps, one effect, nothing buried. */
const expectUndisturbed = async (ids: readonly (readonly [string, string])[]): Promise<void> => {
  await untilQuiet(data);
  const everything = await everythingOf(at.product.worlds);
  for (const [id, order] of ids) {
    expect(withoutRepeats(keptOf(everything.events, id), approvedCase)).toEqual(approvedCase);
    expect(await at.effects(order)).toHaveLength(1);
  }
  expect(findingsIn(everything)).toEqual([]);
  expect(troubleIn(everything)).toEqual([]);
};

describe('I24 while the store is away', () => {
  const { append, read } = {
    append: async () => Promise.reject(new StoreUnavailable('away for a while')),
    read: async () => Promise.reject(new StoreUnavailable('away for a while')),
  };

  it('every door says 503 and when to come again, no offset passes, and afterwards all cases end', async () => {
    const waiting = await at.open('away-waiting', refund('A-7001'));
    const { proposalId, etag } = await at.pending(waiting);
    const real = { append: store.append, read: store.read };
    // It goes at the worst moment: a message has been handed out, and its event is not yet written.
    const underway = caseIdOf(ticketSource, 'away-underway');
    const gone = new Promise<void>((resolve) => {
      store.append = async (stream, ...more) => {
        if (stream !== streams.case(underway)) return real.append(stream, ...more);
        Object.assign(store, { append, read });
        resolve();
        return append();
      };
    });
    expect((await at.submit('away-underway', refund('A-7002'))).status).toBe(202);
    await gone;

    const refused = {
      intake: await at.submit('away-refused', refund('A-7003')),
      decision: await at.decide('ana', proposalId, etag, approve),
      proposal: await at.ask('ana', 'GET', `/v1/approvals/${proposalId}`),
      case: await at.ask('ana', 'GET', `/v1/cases/${waiting}`),
    };
    for (const [door, { status, headers, body }] of Object.entries(refused)) {
      const told = { status, again: headers.get('retry-after'), type: body.type };
      const unavailable = { status: 503, again: '5', type: 'urn:countersign:problem:unavailable' };
      expect({ door, ...told }).toEqual({ door, ...unavailable });
    }
    const unread = () => trafficIn(data).unread.join();
    const left = topics.answers('intake');
    await at.eventually('all but one read', async () => unread() === left || undefined);
    // Long enough for several tries and for every offset that would be written.
    await sleep(400);
    expect(unread()).toBe(left);
    const ready = await fetch(`${at.product.addresses.orchestrator}/readyz`);
    expect(ready.status).toBe(503);
    expect((await fetch(`${at.product.addresses.orchestrator}/livez`)).status).toBe(200);

    Object.assign(store, real);
    const standing = `${at.product.addresses.intake}/v1/intake?source=${ticketSource}`;
    expect((await at.ask('demo', 'GET', `${standing}&id=away-refused`)).status).toBe(404);
    const again = await at.submit('away-refused', refund('A-7003'));
    expect(again.status).toBe(202);
    const cases = [waiting, underway, again.body.caseId];
    await Promise.all(cases.map(approveInsistently));
    await Promise.all(cases.map((caseId) => at.until(caseId, 'closed')));
    await expectUndisturbed([
      ['away-waiting', 'A-7001'],
      ['away-underway', 'A-7002'],
      ['away-refused', 'A-7003'],
    ]);
  });
});

describe('I11 when acknowledgements are lost', () => {
  it('an append that was made and not acknowledged is not made twice', async () => {
    const real = store.append;
    const kinds = new Set<string>();
    store.append = async (stream, expected, events) => {
      const done = await real(stream, expected, events);
      const kind = `${stream.split('-')[0]} ${events[0]!.type}`;
      if (kinds.has(kind) || stream.startsWith('relay-')) return done;
      kinds.add(kind);
      throw new StoreUnavailable('the acknowledgement was lost');
    };
    const caseId = await openInsistently('unacknowledged', 'A-7101');
    await approveInsistently(caseId);
    await at.until(caseId, 'closed');
    await expectUndisturbed([['unacknowledged', 'A-7101']]);
    expect(kinds.size).toBeGreaterThan(15);
  });

  it('an append that was not made, and fails as if nobody knew, is made once', async () => {
    const real = store.append;
    const tried = new Set<string>();
    store.append = async (stream, expected, events) => {
      if (tried.has(events[0]!.id)) return real(stream, expected, events);
      tried.add(events[0]!.id);
      throw new StoreUnavailable('the request was lost');
    };
    const caseId = await openInsistently('unheard', 'A-7102');
    await approveInsistently(caseId);
    await at.until(caseId, 'closed');
    await expectUndisturbed([['unheard', 'A-7102']]);
  });

  it('a message that was published and not acknowledged is published again and moves nothing', async () => {
    const real = bus.publish;
    const told = new Set<string>();
    bus.publish = async (records) => {
      await real(records);
      const name = records.map(({ headers }) => headers['ce_id']).join(' ');
      if (told.has(name)) return;
      told.add(name);
      throw new BusUnavailable('the acknowledgement was lost');
    };
    const caseId = await at.open('republished', refund('A-7103'));
    await approveInsistently(caseId);
    await at.until(caseId, 'closed');
    await expectUndisturbed([['republished', 'A-7103']]);
    const { records } = await everythingOf(at.product.worlds);
    expect(records.length).toBeGreaterThanOrEqual(2 * told.size);
  });
});
