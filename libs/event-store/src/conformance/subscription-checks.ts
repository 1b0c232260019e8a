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
  type Check,
} from './harness.js';

export const subscriptionChecks: readonly Check[] = [
  {
    name: 'history comes first, then what is new, in the order of the store',
    run: async (harness) => {
      const { store } = harness;
      const prefix = freshPrefix('h');
      await Promise.all([writeEach(store, `${prefix}1`, 20), writeEach(store, `${prefix}2`, 20)]);
      const seen = collect(harness, { prefixes: [prefix], batchMax: 7 });
      await seen.subscription.caughtUp;
      assert.equal(seen.events().length, 40);
      await Promise.all([writeEach(store, `${prefix}3`, 20), writeEach(store, `${prefix}4`, 20)]);
      await seen.count(80);
      const events = seen.events();
      for (const [n, event] of events.slice(1).entries()) {
        assert.ok(store.comparePositions(events[n]!.position, event.position) < 0);
      }
      for (const stream of range(1, 5).map((n) => `${prefix}${n}`)) {
        const ofStream = events.filter((event) => event.stream === stream);
        assert.deepEqual(numbersOf(ofStream), range(0, 20), stream);
      }
      assert.ok(seen.batches.every((batch) => batch.events.length <= 7));
      await seen.subscription.close();
    },
  },
  {
    name: 'nothing is lost or doubled while history turns into what is new',
    run: async (harness) => {
      const prefix = freshPrefix('h');
      const writing = Promise.all(
        range(0, 8).map((n) => writeEach(harness.store, `${prefix}${n}`, 60)),
      );
      const seen = range(0, 6).map(() => collect(harness, { prefixes: [prefix], batchMax: 50 }));
      await writing;
      for (const one of seen) {
        await one.count(480);
        await one.subscription.close();
        const places = one.events().map(({ stream, revision }) => `${stream}@${revision}`);
        assert.equal(new Set(places).size, 480);
        assert.equal(places.length, 480);
      }
    },
  },
  {
    name: 'an event is delivered as it would be read',
    run: async (harness) => {
      const { store } = harness;
      const prefix = freshPrefix('h');
      const live = collect(harness, { prefixes: [prefix] });
      await live.subscription.caughtUp;
      const data = {
        at: new Date(0),
        missing: undefined,
        list: [undefined, Number.NaN],
        text: 'ü',
      };
      const metadata = { trace: undefined, kept: { deep: [1] } };
      await store.append(`${prefix}1`, 'no-stream', [{ ...numbered(0), data, metadata }]);
      const plain = { list: ['first'] };
      await store.append(`${prefix}1`, 0, [{ ...numbered(1), data: plain }]);
      try {
        plain.list.push('second');
      } catch {
        // A store may freeze what it was given; changing it must not change what is delivered.
      }
      await live.count(2);
      assert.deepEqual(live.events(), await store.read(`${prefix}1`));
      await live.subscription.close();
    },
  },
  {
    name: 'only streams with one of the prefixes are delivered, and never system streams',
    run: async (harness) => {
      const { store } = harness;
      const [wanted, other] = [freshPrefix('h'), freshPrefix('h')];
      const prefixes = [`${wanted}a-`, `${wanted}b`, `${wanted}a-1`];
      const names = ['a-1', 'a-2', 'b', 'b-1', 'b2', 'c-1', 'a', 'ab'].map((n) => wanted + n);
      const expected = ['a-1', 'a-2', 'b', 'b-1', 'b2'].map((n) => wanted + n);
      const live = collect(harness, { prefixes });
      await live.subscription.caughtUp;
      for (const name of [...names, `${other}a-1`, `x${wanted}a-1`]) {
        await store.append(name, 'no-stream', [numbered(0)]);
      }
      const everything = collect(harness, { prefixes: [''] });
      const history = collect(harness, { prefixes });
      await Promise.all([everything.subscription.caughtUp, history.subscription.caughtUp]);
      await live.count(expected.length);
      for (const seen of [live, history]) {
        const streams = seen.events().map(({ stream }) => stream);
        assert.deepEqual(streams, expected);
      }
      assert.ok(everything.events().length >= names.length + 2);
      assert.ok(everything.events().every(({ stream }) => !stream.startsWith('$')));
      for (const { subscription } of [live, everything, history]) await subscription.close();
    },
  },
  {
    name: 'a subscription begins right after the position it is given, which is exclusive',
    run: async (harness) => {
      const prefix = freshPrefix('h');
      await harness.store.append(`${prefix}1`, 'no-stream', numberedUpTo(6));
      const stored = await harness.store.read(`${prefix}1`);
      for (const { position, revision } of stored) {
        const seen = collect(harness, { prefixes: [prefix], after: position });
        await seen.subscription.caughtUp;
        assert.deepEqual(numbersOf(seen.events()), range(revision + 1, 6));
        await seen.subscription.close();
      }
    },
  },
  {
    name: 'every position that a batch says was reached is safe to resume from',
    run: async (harness) => {
      const prefix = freshPrefix('h');
      const [mine, others] = [`${prefix}mine-`, freshPrefix('o')];
      for (const n of range(0, 12)) {
        await harness.store.append(`${mine}${n}`, 'no-stream', [numbered(n)]);
        await harness.store.append(`${others}${n}`, 'no-stream', [numbered(n)]);
      }
      const seen = collect(harness, { prefixes: [mine], batchMax: 5 });
      await seen.count(12);
      await seen.subscription.close();
      let taken = 0;
      for (const { events, reached } of seen.batches) {
        taken += events.length;
        const rest = collect(harness, { prefixes: [mine], after: reached });
        await rest.subscription.caughtUp;
        assert.deepEqual(numbersOf(rest.events()), range(taken, 12));
        await rest.subscription.close();
      }
    },
  },
  {
    name: 'a subscriber that asks hears how far it is although nothing matches',
    run: async (harness) => {
      const { store } = harness;
      const [quiet, busy] = [freshPrefix('h'), freshPrefix('o')];
      await store.append(`${busy}1`, 'no-stream', numberedUpTo(50));
      const [last] = await store.read(`${busy}1`, { direction: 'backwards', limit: 1 });
      const seen = collect(harness, { prefixes: [quiet] });
      const told = (position: string) => () => {
        seen.subscription.tellReached();
        return (
          seen.reached() !== undefined && store.comparePositions(seen.reached()!, position) >= 0
        );
      };
      await waitUntil(harness, told(last!.position), 'progress over history');
      for (const revision of range(50, 53)) {
        const { position } = await store.append(`${busy}1`, revision - 1, [numbered(revision)]);
        await waitUntil(harness, told(position), 'progress over new events');
      }
      assert.deepEqual(seen.events(), []);
      await seen.subscription.close();
    },
  },
];
