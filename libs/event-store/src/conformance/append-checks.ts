import assert from 'node:assert/strict';
import { WrongExpectedRevision, type EventStore, type ExpectedRevision } from '../port.js';
import {
  freshPrefix,
  numbered,
  numberedUpTo,
  numbersOf,
  range,
  writeEach,
  type Check,
} from './harness.js';

const refused = async (
  store: EventStore,
  stream: string,
  expected: ExpectedRevision,
  actual: number | 'no-stream',
) => {
  await assert.rejects(
    store.append(stream, expected, [numbered(99)]),
    (error) =>
      error instanceof WrongExpectedRevision &&
      error.stream === stream &&
      error.expected === expected &&
      error.actual === actual,
    `an append at ${expected} of a stream at ${actual} must conflict`,
  );
};

export const appendChecks: readonly Check[] = [
  {
    name: 'what was appended is read back as it was, with its place',
    run: async ({ store }) => {
      const stream = `${freshPrefix('a')}1`;
      const data = { text: 'Grüße ✓\u0000\n', list: [1, null, { deep: true }], empty: {} };
      const event = { ...numbered(0), data };
      const appended = await store.append(stream, 'no-stream', [event]);
      const [stored] = await store.read(stream);
      assert.deepEqual(stored, { ...event, stream, revision: 0, position: appended.position });
      assert.equal(appended.revision, 0);
    },
  },
  {
    name: 'one append of several events stands together, in order, at consecutive revisions',
    run: async ({ store }) => {
      const stream = `${freshPrefix('a')}1`;
      assert.equal((await store.append(stream, 'no-stream', numberedUpTo(3))).revision, 2);
      assert.equal((await store.append(stream, 2, [numbered(3), numbered(4)])).revision, 4);
      const events = await store.read(stream);
      assert.deepEqual(numbersOf(events), range(0, 5));
      assert.deepEqual(
        events.map(({ revision }) => revision),
        range(0, 5),
      );
    },
  },
  {
    name: 'a wrong expected revision is refused, says what was found, and writes nothing',
    run: async ({ store }) => {
      const stream = `${freshPrefix('a')}1`;
      await refused(store, stream, 0, 'no-stream');
      await refused(store, stream, 5, 'no-stream');
      await writeEach(store, stream, 3);
      await refused(store, stream, 'no-stream', 2);
      await refused(store, stream, 0, 2);
      await refused(store, stream, 1, 2);
      await refused(store, stream, 3, 2);
      assert.deepEqual(numbersOf(await store.read(stream)), [0, 1, 2]);
    },
  },
  {
    name: 'of many writers at one stream exactly one wins each revision',
    run: async ({ store }) => {
      const stream = `${freshPrefix('a')}1`;
      for (const expected of ['no-stream', 0, 1] as const) {
        const tries = range(0, 20).map((n) => store.append(stream, expected, [numbered(n)]));
        const outcomes = await Promise.allSettled(tries);
        const won = outcomes.filter(({ status }) => status === 'fulfilled');
        assert.equal(won.length, 1, `${won.length} writers won at ${expected}`);
      }
      assert.equal((await store.read(stream)).length, 3);
    },
  },
  {
    name: 'writers at different streams do not disturb one another',
    run: async ({ store }) => {
      const prefix = freshPrefix('a');
      await Promise.all(range(0, 40).map((n) => writeEach(store, `${prefix}${n}`, 5)));
      for (const n of range(0, 40)) {
        assert.deepEqual(numbersOf(await store.read(`${prefix}${n}`)), range(0, 5));
      }
    },
  },
  {
    name: 'the same ids at the end of a stream are new events: nothing is compared there',
    run: async ({ store }) => {
      const stream = `${freshPrefix('a')}1`;
      const event = numbered(0);
      await store.append(stream, 'no-stream', [event]);
      assert.equal((await store.append(stream, 0, [event])).revision, 1);
      assert.equal((await store.read(stream)).length, 2);
    },
  },
];
