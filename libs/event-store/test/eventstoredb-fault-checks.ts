import assert from 'node:assert/strict';
import {
  collect,
  freshPrefix,
  numbered,
  numberedUpTo,
  numbersOf,
  range,
  waitUntil,
  writeEach,
} from '../src/conformance/harness.js';
import type { EventStoreDbWaits } from '../src/eventstoredb/attempts.js';
import { StoreUnavailable } from '../src/port.js';
import type { DevHarness } from './eventstoredb-harness.js';

/** One thing that goes wrong at the server, and what the adapter makes of it. */
export interface FaultCheck {
  readonly name: string;
  readonly waits?: Partial<EventStoreDbWaits>;
  readonly run: (harness: DevHarness) => Promise<void>;
}

const quick = { tryMs: 150, giveUpMs: 5_000 };

const appendFaults: readonly FaultCheck[] = [
  {
    name: 'an append whose acknowledgement was lost stands once, at its original revision',
    run: async ({ store, faults }) => {
      const stream = `${freshPrefix('f')}1`;
      await store.append(stream, 'no-stream', [numbered(0)]);
      await faults({ acknowledgementsLost: 2 });
      const [first, second] = [[numbered(1), numbered(2)], [numbered(3)]];
      assert.equal((await store.append(stream, 0, first)).revision, 2);
      assert.equal((await store.append(stream, 2, second)).revision, 3);
      assert.deepEqual(numbersOf(await store.read(stream)), range(0, 4));
    },
  },
  {
    name: 'an append that is never answered is sent again, and stands once',
    waits: quick,
    run: async ({ store, faults }) => {
      const stream = `${freshPrefix('f')}1`;
      await faults({ acknowledgementsWithheld: 2 });
      const appended = await store.append(stream, 'no-stream', numberedUpTo(3));
      const stored = await store.read(stream);
      assert.equal(appended.revision, 2);
      assert.equal(stored.at(-1)?.position, appended.position);
      assert.deepEqual(numbersOf(stored), [0, 1, 2]);
    },
  },
  {
    name: 'an append that the server does long after it was given up stands once',
    waits: quick,
    run: async ({ store, faults }) => {
      const stream = `${freshPrefix('f')}1`;
      await store.append(stream, 'no-stream', [numbered(0)]);
      await faults({ delayed: 1, delayMs: 400 });
      assert.equal((await store.append(stream, 0, [numbered(1)])).revision, 1);
      assert.equal((await store.append(stream, 1, [numbered(2)])).revision, 2);
      await new Promise((resolve) => setTimeout(resolve, 450));
      assert.deepEqual(numbersOf(await store.read(stream)), [0, 1, 2]);
    },
  },
  {
    name: 'one lost acknowledgement among many disturbs no other append',
    run: async ({ store, faults }) => {
      const prefix = freshPrefix('f');
      await faults({ acknowledgementsLost: 1 });
      await Promise.all(range(0, 30).map((n) => writeEach(store, `${prefix}${n}`, 3)));
      for (const n of range(0, 30)) {
        assert.deepEqual(numbersOf(await store.read(`${prefix}${n}`)), [0, 1, 2]);
      }
    },
  },
  {
    name: 'a store that refuses or names another leader is asked again',
    run: async ({ store, faults }) => {
      const stream = `${freshPrefix('f')}1`;
      await faults({ unavailable: 2 });
      await store.append(stream, 'no-stream', [numbered(0)]);
      await faults({ unavailable: 2 });
      assert.deepEqual(numbersOf(await store.read(stream)), [0]);
      await faults({ notLeader: 1 });
      await store.append(stream, 0, [numbered(1)]);
      await faults({ notLeader: 1 });
      assert.deepEqual(numbersOf(await store.read(stream)), [0, 1]);
    },
  },
  {
    name: 'no answer in time is an outage, never a success, and ends when the store is back',
    waits: { tryMs: 100, giveUpMs: 300 },
    run: async (harness) => {
      const { store, adapter, faults } = harness;
      const stream = `${freshPrefix('f')}1`;
      const events = [numbered(0)];
      await store.append(stream, 'no-stream', events);
      await faults({ stalled: true });
      await assert.rejects(store.append(stream, 0, [numbered(1)]), StoreUnavailable);
      await assert.rejects(store.read(stream), StoreUnavailable);
      await waitUntil(harness, () => adapter.state === 'down', 'state down');
      await faults({ stalled: false });
      await waitUntil(harness, () => adapter.state === 'up', 'state up');
      assert.deepEqual((await store.append(stream, 'no-stream', events)).revision, 0);
    },
  },
];

const subscriptionFaults: readonly FaultCheck[] = [
  {
    name: 'a dropped subscription goes on after what was taken: nothing missing, nothing twice',
    run: async (harness) => {
      const { store, faults } = harness;
      const prefix = freshPrefix('f');
      const seen = collect(harness, { prefixes: [prefix], batchMax: 5 });
      for (const n of range(0, 4)) {
        await writeEach(store, `${prefix}${n}`, 10);
        if (n === 1) await seen.count(20);
        await faults({ dropSubscriptions: true });
      }
      await seen.count(40);
      await waitUntil(harness, () => seen.subscription.state === 'live', 'state live');
      await store.append(`${prefix}5`, 'no-stream', [numbered(0)]);
      await seen.count(41);
      const places = seen.events().map(({ stream, revision }) => `${stream}@${revision}`);
      assert.equal(new Set(places).size, 41);
      assert.equal(places.length, 41);
      await seen.subscription.close();
    },
  },
  {
    name: 'a subscription says that it is lost, and that it is live again',
    waits: { tryMs: 100 },
    run: async (harness) => {
      const { faults } = harness;
      const seen = collect(harness, { prefixes: [freshPrefix('f')] });
      await seen.subscription.caughtUp;
      await waitUntil(harness, () => seen.subscription.state === 'live', 'state live');
      await faults({ stalled: true, dropSubscriptions: true });
      await waitUntil(harness, () => seen.subscription.state === 'lost', 'state lost');
      await faults({ stalled: false });
      await waitUntil(harness, () => seen.subscription.state === 'live', 'state live again');
      await seen.subscription.close();
    },
  },
  {
    name: 'a store that is frozen stays down, whatever a subscription of before still hopes for',
    waits: { tryMs: 100, giveUpMs: 300 },
    run: async (harness) => {
      const { store, adapter, faults } = harness;
      const prefix = freshPrefix('f');
      const seen = collect(harness, { prefixes: [prefix] });
      await seen.subscription.caughtUp;
      // It does not match, and the store freezes before the subscriber has heard of it.
      await store.append(`${freshPrefix('o')}1`, 'no-stream', [numbered(0)]);
      await faults({ stalled: true });
      seen.subscription.tellReached();
      await assert.rejects(store.read(`${prefix}1`), StoreUnavailable);
      await waitUntil(harness, () => adapter.state === 'down', 'state down');
      const states = new Set<string>();
      for (let n = 0; n < 150; n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        states.add(adapter.state);
      }
      assert.deepEqual([...states], ['down']);
      await faults({ stalled: false });
      await waitUntil(harness, () => adapter.state === 'up', 'state up');
      await seen.subscription.close();
    },
  },
  {
    name: 'what is sent twice is taken once',
    run: async (harness) => {
      const { store, faults } = harness;
      const prefix = freshPrefix('f');
      await writeEach(store, `${prefix}1`, 5);
      await faults({ deliveredTwice: 8 });
      const seen = collect(harness, { prefixes: [prefix] });
      await seen.subscription.caughtUp;
      await writeEach(store, `${prefix}2`, 6);
      await seen.count(11);
      assert.deepEqual(numbersOf(seen.events()), [...range(0, 5), ...range(0, 6)]);
      await seen.subscription.close();
    },
  },
  {
    name: 'a batch in hand when the subscription is dropped is taken once',
    run: async (harness) => {
      const { store, faults } = harness;
      const prefix = freshPrefix('f');
      await store.append(`${prefix}1`, 'no-stream', numberedUpTo(6));
      const { promise: opened, resolve: open } = Promise.withResolvers<void>();
      let offered = 0;
      const seen = collect(harness, { prefixes: [prefix], batchMax: 2 }, () => {
        offered += 1;
        return opened;
      });
      await waitUntil(harness, () => offered === 1, 'a batch in hand');
      await faults({ dropSubscriptions: true });
      await waitUntil(harness, () => seen.subscription.state === 'lost', 'state lost');
      open();
      await seen.count(6);
      assert.deepEqual(numbersOf(seen.events()), range(0, 6));
      await seen.subscription.close();
    },
  },
  {
    name: 'a subscription outlives a server that is killed and comes back',
    run: async (harness) => {
      const { store } = harness;
      const prefix = freshPrefix('f');
      const seen = collect(harness, { prefixes: [prefix] });
      await writeEach(store, `${prefix}1`, 5);
      await seen.count(5);
      await harness.restart();
      await writeEach(store, `${prefix}2`, 5);
      await seen.count(10);
      assert.deepEqual(numbersOf(seen.events()), [...range(0, 5), ...range(0, 5)]);
      await seen.subscription.close();
    },
  },
];

export const faultChecks: readonly FaultCheck[] = [...appendFaults, ...subscriptionFaults];
