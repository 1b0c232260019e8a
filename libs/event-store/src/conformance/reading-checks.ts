import assert from 'node:assert/strict';
import { appendMaxBytes, eventDataMaxBytes, TooLarge } from '../port.js';
import {
  collect,
  freshPrefix,
  numbered,
  numberedUpTo,
  numbersOf,
  range,
  writeEach,
  type Check,
} from './harness.js';

/** JSON text of `{"text":"…"}` in so many bytes. */
const dataOf = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) });

export const readingChecks: readonly Check[] = [
  {
    name: 'a stream that nobody wrote to is empty',
    run: async ({ store }) => {
      const stream = `${freshPrefix('s')}1`;
      assert.deepEqual(await store.read(stream), []);
      assert.deepEqual(await store.read(stream, { direction: 'backwards' }), []);
    },
  },
  {
    name: 'a read goes either way, from a revision inclusive, and not beyond its limit',
    run: async ({ store }) => {
      const stream = `${freshPrefix('s')}1`;
      await store.append(stream, 'no-stream', numberedUpTo(10));
      const read = async (options: Parameters<typeof store.read>[1]) =>
        numbersOf(await store.read(stream, options));
      assert.deepEqual(await read({}), range(0, 10));
      assert.deepEqual(await read({ requiresLeader: true }), range(0, 10));
      assert.deepEqual(await read({ from: 7 }), [7, 8, 9]);
      assert.deepEqual(await read({ from: 3, limit: 2 }), [3, 4]);
      assert.deepEqual(await read({ from: 10 }), []);
      assert.deepEqual(await read({ direction: 'backwards', limit: 3 }), [9, 8, 7]);
      assert.deepEqual(await read({ direction: 'backwards', from: 4, limit: 2 }), [4, 3]);
      assert.deepEqual(await read({ direction: 'backwards', from: 1 }), [1, 0]);
    },
  },
  {
    name: 'positions grow with every append, over all streams',
    run: async ({ store }) => {
      const prefix = freshPrefix('s');
      const positions: string[] = [];
      for (const n of range(0, 12)) {
        positions.push((await store.append(`${prefix}${n}`, 'no-stream', [numbered(n)])).position);
      }
      for (const [n, position] of positions.slice(1).entries()) {
        assert.ok(store.comparePositions(positions[n]!, position) < 0);
        assert.ok(store.comparePositions(position, positions[n]!) > 0);
        assert.equal(store.comparePositions(position, position), 0);
      }
    },
  },
  {
    name: 'what is too large is refused and writes nothing; the limit itself is allowed',
    run: async ({ store }) => {
      const stream = `${freshPrefix('s')}1`;
      const sized = (bytes: number) => ({ ...numbered(0), data: dataOf(bytes) });
      const tooLarge = [
        [sized(eventDataMaxBytes + 1)],
        [numbered(0), sized(eventDataMaxBytes + 1)],
        [{ ...numbered(0), data: { text: 'ü'.repeat(eventDataMaxBytes / 2) } }],
        range(0, 5).map(() => sized(Math.ceil(appendMaxBytes / 5))),
      ];
      for (const events of tooLarge) {
        await assert.rejects(store.append(stream, 'no-stream', events), TooLarge);
      }
      assert.deepEqual(await store.read(stream), []);
      await store.append(stream, 'no-stream', [sized(eventDataMaxBytes)]);
      assert.equal((await store.read(stream)).length, 1);
    },
  },
  {
    name: 'a limited stream keeps its newest events, and its revisions go on',
    run: async (harness) => {
      const { store } = harness;
      const prefix = freshPrefix('s');
      await writeEach(store, `${prefix}1`, 5);
      await store.limitStream(`${prefix}1`, 3);
      assert.deepEqual(numbersOf(await store.read(`${prefix}1`)), [2, 3, 4]);
      assert.equal((await store.append(`${prefix}1`, 4, [numbered(5), numbered(6)])).revision, 6);
      assert.deepEqual(numbersOf(await store.read(`${prefix}1`)), [4, 5, 6]);

      await store.limitStream(`${prefix}2`, 2);
      await writeEach(store, `${prefix}2`, 4);
      const last = await store.read(`${prefix}2`, { direction: 'backwards', limit: 1 });
      assert.deepEqual(
        last.map(({ revision }) => revision),
        [3],
      );
      const seen = collect(harness, { prefixes: [prefix] });
      await seen.subscription.caughtUp;
      // What the limit removed may still be delivered; what it kept must be.
      for (const stream of [`${prefix}1`, `${prefix}2`]) {
        const kept = (await store.read(stream)).map(({ position }) => position);
        const delivered = new Set(seen.events().map(({ position }) => position));
        assert.ok(kept.every((position) => delivered.has(position)));
      }
      await seen.subscription.close();
    },
  },
];
