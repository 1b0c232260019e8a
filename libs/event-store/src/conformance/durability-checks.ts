import assert from 'node:assert/strict';
import { WrongExpectedRevision } from '../port.js';
import {
  collect,
  freshPrefix,
  numbered,
  numberedUpTo,
  numbersOf,
  range,
  type Check,
} from './harness.js';

export const durabilityChecks: readonly Check[] = [
  {
    name: 'an acknowledged append survives a kill in the same instant',
    run: async (harness) => {
      const prefix = freshPrefix('d');
      const acknowledged: number[] = [];
      let killed: Promise<unknown> | undefined;
      const appends = range(0, 30).map(async (n) => {
        await harness.store.append(`${prefix}${n}`, 'no-stream', [numbered(n)]);
        if (killed) return;
        acknowledged.push(n);
        if (acknowledged.length === 10) killed = harness.restart();
      });
      await Promise.allSettled(appends);
      await killed;
      for (const n of acknowledged) {
        assert.deepEqual(numbersOf(await harness.store.read(`${prefix}${n}`)), [n]);
      }
    },
  },
  {
    name: 'an append that nobody heard of is whole or absent after a kill, and can be sent again',
    run: async (harness) => {
      const events = numberedUpTo(4);
      for (const turns of range(0, 3)) {
        const stream = `${freshPrefix('d')}1`;
        harness.store.append(stream, 'no-stream', events).catch(() => undefined);
        for (const _ of range(0, turns)) await new Promise(setImmediate);
        const store = await harness.restart();
        assert.ok([0, 4].includes((await store.read(stream)).length), 'half an append');
        assert.equal((await store.append(stream, 'no-stream', events)).revision, 3);
        assert.deepEqual(numbersOf(await store.read(stream)), range(0, 4));
      }
    },
  },
  {
    name: 'revisions, repeats and positions go on where they were after a kill',
    run: async (harness) => {
      const stream = `${freshPrefix('d')}1`;
      const [first, second] = [[numbered(0)], [numbered(1)]];
      const original = await harness.store.append(stream, 'no-stream', first);
      const store = await harness.restart();
      assert.deepEqual(await store.append(stream, 'no-stream', first), original);
      await assert.rejects(
        store.append(stream, 'no-stream', second),
        WrongExpectedRevision,
        'a stream must not begin twice',
      );
      const next = await store.append(stream, 0, second);
      assert.equal(next.revision, 1);
      assert.ok(store.comparePositions(next.position, original.position) > 0);
    },
  },
  {
    name: 'a subscription resumes from its checkpoint after a kill: nothing twice, nothing missing',
    run: async (harness) => {
      const prefix = freshPrefix('d');
      const stream = `${prefix}1`;
      await harness.store.append(stream, 'no-stream', numberedUpTo(5));
      const before = collect(harness, { prefixes: [prefix], batchMax: 2 });
      await before.count(2);
      const { reached: checkpoint, events: taken } = before.batches[0]!;
      const store = await harness.restart();
      await store.append(stream, 4, [numbered(5)]);
      const after = collect(harness, { prefixes: [prefix], after: checkpoint }, undefined, store);
      await after.count(6 - taken.length);
      assert.deepEqual(numbersOf(after.events()), range(taken.length, 6));
      await after.subscription.close();
    },
  },
];
