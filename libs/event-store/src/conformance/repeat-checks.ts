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

export const repeatChecks: readonly Check[] = [
  {
    name: 'an identical resend gives the original answer and writes nothing',
    run: async ({ store }) => {
      const stream = `${freshPrefix('r')}1`;
      const [first, second, third] = [numberedUpTo(2), [numbered(2)], [numbered(3), numbered(4)]];
      const original = await store.append(stream, 'no-stream', first);
      assert.deepEqual(await store.append(stream, 'no-stream', first), original);
      const next = await store.append(stream, 1, second);
      await store.append(stream, 2, third);
      assert.deepEqual(await store.append(stream, 'no-stream', first), original);
      assert.deepEqual(await store.append(stream, 1, second), next);
      assert.deepEqual(numbersOf(await store.read(stream)), range(0, 5));
    },
  },
  {
    name: 'a resend after a lost answer is the same append, even while the first is on its way',
    run: async ({ store }) => {
      const stream = `${freshPrefix('r')}1`;
      const events = numberedUpTo(3);
      const answers = await Promise.all(
        range(0, 3).map(() => store.append(stream, 'no-stream', events)),
      );
      assert.deepEqual(
        answers.map(({ revision }) => revision),
        [2, 2, 2],
      );
      assert.deepEqual(numbersOf(await store.read(stream)), [0, 1, 2]);
    },
  },
  {
    name: 'only all ids in their places make a repeat; anything else conflicts',
    run: async ({ store }) => {
      const stream = `${freshPrefix('r')}1`;
      const [a, b, c] = [numbered(0), numbered(1), numbered(2)];
      await store.append(stream, 'no-stream', [a, b]);
      const conflicts = [[b], [b, a], [a, c], [a, b, c], [c]];
      for (const events of conflicts) {
        await assert.rejects(store.append(stream, 'no-stream', events), WrongExpectedRevision);
      }
      assert.equal((await store.append(stream, 'no-stream', [a])).revision, 0);
      assert.equal((await store.append(stream, 0, [b])).revision, 1);
      assert.deepEqual(numbersOf(await store.read(stream)), [0, 1]);
    },
  },
  {
    name: 'a repeat is not delivered again',
    run: async (harness) => {
      const { store } = harness;
      const prefix = freshPrefix('r');
      const live = collect(harness, { prefixes: [prefix] });
      await live.subscription.caughtUp;
      const [first, last] = [numbered(0), numbered(1)];
      await store.append(`${prefix}1`, 'no-stream', [first]);
      await store.append(`${prefix}1`, 'no-stream', [first]);
      await store.append(`${prefix}1`, 0, [last]);
      await live.count(2);
      const history = collect(harness, { prefixes: [prefix] });
      await history.subscription.caughtUp;
      for (const seen of [live, history]) {
        assert.deepEqual(numbersOf(seen.events()), [0, 1]);
        await seen.subscription.close();
      }
    },
  },
];
