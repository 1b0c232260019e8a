import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BusCheck } from './harness.js';
import { fresh, freshTopic, joinGroup, numbered, numberOf, range, settle } from './harness.js';

const everyRecordAsPublished: BusCheck = {
  name: 'hands over key, value and headers as they were published, offsets growing',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const bytes = new Uint8Array([0, 255, 123, 10]);
    const first = { topic, key: 'a', value: '12.50 €', headers: { ce_id: '1', note: 'ü' } };
    const second = { topic, key: 'a', value: bytes, headers: {} };
    const live = await joinGroup(harness, topic, { group: fresh('live') });
    await harness.bus.publish([first, second]);
    const late = await joinGroup(harness, topic, { group: fresh('late') });
    for (const { records, count } of [live, late]) {
      await count(2);
      const asBytes = ({ value }: { value: string | Uint8Array }) => Buffer.from(value as string);
      assert.deepEqual(
        records.map(({ key }) => key),
        ['a', 'a'],
      );
      assert.deepEqual(records.map(asBytes), [asBytes(first), Buffer.from(bytes)]);
      assert.deepEqual(
        records.map(({ headers }) => ({ ...headers })),
        [first.headers, {}],
      );
      assert.ok(records[1]!.offset > records[0]!.offset);
    }
  },
};

const orderPerKey: BusCheck = {
  name: 'keeps the order of each key, from history into what is published meanwhile',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const keys = ['a', 'b', 'c'];
    await harness.bus.publish(numbered(topic, 0, 300, keys));
    const member = await joinGroup(harness, topic, { group: fresh('group') });
    for (let n = 300; n < 600; n += 20) {
      await Promise.all([0, 10].map((d) => harness.bus.publish(numbered(topic, n + d, 10, keys))));
    }
    await member.count(600);
    await settle();
    assert.equal(member.records.length, 600, 'each record comes once while nothing fails');
    for (const key of keys) {
      const came = member.records.filter((record) => record.key === key).map(numberOf);
      assert.deepEqual(
        came,
        [...came].sort((a, b) => a - b),
        `order of key ${key}`,
      );
    }
  },
};

const slowMember: BusCheck = {
  name: 'drops nothing when a member is far slower than the publisher',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    let begun = 0;
    const deliver = async () => {
      if ((begun += 1) <= 3) await sleep(50);
    };
    const member = await joinGroup(harness, topic, { group: fresh('group'), deliver });
    const batches = range(0, 60).map((n) => numbered(topic, n * 100, 100, ['a', 'b']));
    for (const batch of batches) await harness.bus.publish(batch);
    await member.count(6_000);
    assert.deepEqual(new Set(member.numbers()), new Set(range(0, 6_000)));
  },
};

const oneBatchAtATime: BusCheck = {
  name: 'gives a partition its next batch only when the one before was taken',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    let inHand = 0;
    let mostInHand = 0;
    const deliver = async () => {
      mostInHand = Math.max(mostInHand, (inHand += 1));
      await sleep(5);
      inHand -= 1;
    };
    const member = await joinGroup(harness, topic, { group: fresh('group'), deliver });
    for (let n = 0; n < 20; n += 1) await harness.bus.publish(numbered(topic, n, 1));
    await member.count(20);
    assert.equal(mostInHand, 1);
  },
};

const rejectedDelivery: BusCheck = {
  name: 'delivers again after the committed offset when a batch was not taken',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    let refused = 0;
    const deliver = async (records: readonly { readonly value: string | Uint8Array }[]) => {
      if (records.some((record) => numberOf(record) === 5) && (refused += 1) === 1) {
        throw new Error('not now');
      }
    };
    const member = await joinGroup(harness, topic, { group: fresh('group'), deliver });
    await harness.bus.publish(numbered(topic, 0, 5));
    await member.count(5);
    await member.commit();
    await harness.bus.publish(numbered(topic, 5, 5));
    await member.count(10);
    assert.equal(refused, 2);
    assert.deepEqual(member.numbers(), range(0, 10));
  },
};

const pauseAndResume: BusCheck = {
  name: 'delivers nothing while paused and everything in order after resuming',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const member = await joinGroup(harness, topic, { group: fresh('group') });
    await harness.bus.publish(numbered(topic, 0, 1));
    await member.count(1);
    const [assignment] = member.assignments;
    assignment!.pause();
    // One batch may be in hand already when the pause begins.
    await harness.bus.publish(numbered(topic, 1, 1));
    await settle();
    const before = member.records.length;
    await harness.bus.publish(numbered(topic, 2, 50));
    await settle();
    assert.equal(member.records.length, before, 'delivered while paused');
    assignment!.resume();
    await member.count(52);
    assert.deepEqual(member.numbers(), range(0, 52));
  },
};

const nothingAfterClose: BusCheck = {
  name: 'waits for the batch in hand when a consumer closes, and delivers nothing after',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    let finished = false;
    const deliver = async () => {
      await sleep(30);
      finished = true;
    };
    const member = await joinGroup(harness, topic, { group: fresh('group'), deliver });
    await harness.bus.publish(numbered(topic, 0, 1));
    await sleep(10);
    await member.consumer.close();
    const given = member.records.length;
    assert.ok(finished || given === 0, 'closed with a batch in hand');
    await harness.bus.publish(numbered(topic, 1, 1));
    await settle();
    assert.equal(member.records.length, given);
  },
};

export const deliveryChecks: readonly BusCheck[] = [
  everyRecordAsPublished,
  orderPerKey,
  slowMember,
  oneBatchAtATime,
  rejectedDelivery,
  pauseAndResume,
  nothingAfterClose,
];
