import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Batch } from '../port.js';
import {
  collect,
  freshPrefix,
  numbered,
  numberedUpTo,
  numbersOf,
  range,
  waitUntil,
  withGate,
  writeEach,
  type Check,
} from './harness.js';

export const deliveryChecks: readonly Check[] = [
  {
    name: 'a batch that is refused comes again until it is taken, and nothing passes it',
    run: async (harness) => {
      const prefix = freshPrefix('q');
      await harness.store.append(`${prefix}1`, 'no-stream', numberedUpTo(4));
      const offered: number[][] = [];
      const seen = collect(harness, { prefixes: [prefix], batchMax: 2 }, ({ events }) => {
        offered.push(numbersOf(events));
        if (offered.length <= 2) throw new Error('not now');
      });
      await seen.count(4);
      // How many come at once is the store's affair, up to `batchMax`.
      const first = range(0, offered[0]!.length);
      assert.deepEqual(offered.slice(0, 3), [first, first, first]);
      assert.deepEqual(offered.slice(3).flat(), range(first.length, 4));
      offered.length = 0;
      await harness.store.append(`${prefix}1`, 3, [numbered(4)]);
      await seen.count(5);
      assert.deepEqual(offered.slice(0, 3), [[4], [4], [4]]);
      await seen.subscription.close();
    },
  },
  {
    name: 'one batch is in hand at a time',
    run: async (harness) => {
      const prefix = freshPrefix('q');
      let inHand = 0;
      let most = 0;
      const seen = collect(harness, { prefixes: [prefix], batchMax: 3 }, async () => {
        inHand += 1;
        most = Math.max(most, inHand);
        await pause(1);
        inHand -= 1;
      });
      await Promise.all(range(0, 4).map((n) => writeEach(harness.store, `${prefix}${n}`, 10)));
      await seen.count(40);
      assert.equal(most, 1);
      await seen.subscription.close();
    },
  },
  {
    name: 'a slow subscriber gets everything in order, however much is written meanwhile',
    run: (harness) =>
      withGate(async (gate) => {
        const prefix = freshPrefix('q');
        const seen = collect(harness, { prefixes: [prefix] }, () => gate.opened);
        await harness.store.append(`${prefix}1`, 'no-stream', [numbered(0)]);
        const [streams, appends, events] = [8, 8, 100];
        await Promise.all(
          range(0, streams).map(async (n) => {
            for (const turn of range(0, appends)) {
              const expected = turn === 0 ? 'no-stream' : turn * events - 1;
              const more = range(turn * events, (turn + 1) * events).map(numbered);
              await harness.store.append(`${prefix}many-${n}`, expected, more);
            }
          }),
        );
        gate.open();
        await seen.count(1 + streams * appends * events);
        for (const n of range(0, streams)) {
          const ofStream = seen.events().filter(({ stream }) => stream === `${prefix}many-${n}`);
          assert.deepEqual(numbersOf(ofStream), range(0, appends * events));
        }
        await seen.subscription.close();
      }),
  },
  {
    name: 'caughtUp comes when what was stored before has been taken, not sooner',
    run: (harness) =>
      withGate(async (gate) => {
        const prefix = freshPrefix('q');
        await harness.store.append(`${prefix}1`, 'no-stream', numberedUpTo(30));
        let caughtUp = false;
        const seen = collect(harness, { prefixes: [prefix], batchMax: 10 }, async ({ events }) => {
          if (numbersOf(events).includes(29)) await gate.opened;
        });
        void seen.subscription.caughtUp.then(() => (caughtUp = true));
        await seen.count(20);
        await pause(20);
        assert.equal(caughtUp, false);
        gate.open();
        await seen.subscription.caughtUp;
        assert.equal(seen.events().length, 30);
        const none = collect(harness, { prefixes: [freshPrefix('q')] });
        await none.subscription.caughtUp;
        await waitUntil(harness, () => seen.subscription.state === 'live', 'state live');
        await Promise.all([seen.subscription.close(), none.subscription.close()]);
      }),
  },
  {
    name: 'close waits for the batch in hand, and nothing comes after it',
    run: (harness) =>
      withGate(async (gate) => {
        const prefix = freshPrefix('q');
        await harness.store.append(`${prefix}1`, 'no-stream', numberedUpTo(10));
        const offered: Batch[] = [];
        const seen = collect(harness, { prefixes: [prefix], batchMax: 2 }, (batch) => {
          offered.push(batch);
          return gate.opened;
        });
        await waitUntil(harness, () => offered.length === 1, 'the first batch');
        let closed = false;
        const closing = seen.subscription.close().then(() => (closed = true));
        await pause(10);
        assert.equal(closed, false, 'a batch is still in hand');
        gate.open();
        await closing;
        await harness.store.append(`${prefix}2`, 'no-stream', [numbered(0)]);
        await pause(20);
        assert.equal(offered.length, 1);
        assert.equal(seen.batches.length, 1);
      }),
  },
  {
    name: 'a subscriber that refuses for ever can be closed, and disturbs no other',
    run: async (harness) => {
      const prefix = freshPrefix('q');
      const refusing = collect(harness, { prefixes: [prefix] }, () => {
        throw new Error('never');
      });
      const seen = collect(harness, { prefixes: [prefix] });
      await writeEach(harness.store, `${prefix}1`, 5);
      await seen.count(5);
      await refusing.subscription.close();
      assert.deepEqual(refusing.events(), []);
      await seen.subscription.close();
    },
  },
];
