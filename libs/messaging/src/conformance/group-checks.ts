import assert from 'node:assert/strict';
import type { BusCheck } from './harness.js';
import { fresh, freshTopic, joinGroup, numbered, range, settle, waitUntil } from './harness.js';

const everyGroupGetsAll: BusCheck = {
  name: 'gives every group all records, each at its own pace',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const one = await joinGroup(harness, topic, { group: fresh('one') });
    const two = await joinGroup(harness, topic, { group: fresh('two') });
    await harness.bus.publish(numbered(topic, 0, 100, ['a', 'b']));
    await one.count(100);
    await one.commit();
    await two.count(100);
    assert.deepEqual(new Set(two.numbers()), new Set(one.numbers()));
    const three = await joinGroup(harness, topic, { group: fresh('three') });
    await three.count(100);
  },
};

const neverTwoOwners: BusCheck = {
  name: 'never lets two members of a group own a partition at once',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const group = fresh('group');
    const first = await joinGroup(harness, topic, { group });
    const second = await joinGroup(harness, topic, { group });
    await harness.bus.publish(numbered(topic, 0, 50, ['a', 'b', 'c']));
    const came = () => first.records.length + second.records.length;
    await waitUntil(harness, () => came() >= 50, '50 records');
    await settle();
    assert.equal(came(), 50, 'a record came to both');
    const owned = [...first.assignments, ...second.assignments]
      .filter(({ revoked }) => !revoked)
      .map(({ partition }) => partition);
    assert.equal(new Set(owned).size, owned.length, 'two owners');
  },
};

const movesOnClose: BusCheck = {
  name: 'moves a partition to the next member when its owner closes, after the committed offset',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const group = fresh('group');
    const events: string[] = [];
    const first = await joinGroup(harness, topic, {
      group,
      revoked: async (assignment) => {
        const newest = first.records.at(-1)!;
        await assignment.commit(newest.offset);
        await settle();
        events.push('first has left');
      },
    });
    await harness.bus.publish(numbered(topic, 0, 5));
    await first.count(5);
    const second = await joinGroup(harness, topic, {
      group,
      assigned: () => void events.push('second begins'),
    });
    await first.consumer.close();
    assert.ok(first.assignments.every(({ revoked }) => revoked));
    await harness.bus.publish(numbered(topic, 5, 5));
    await second.count(5);
    await settle();
    assert.deepEqual(second.numbers(), range(5, 10));
    // A broker may hand partitions back and out again whenever a member comes or goes.
    const [begun, left] = [events.indexOf('second begins'), events.lastIndexOf('first has left')];
    assert.ok(begun > left && left >= 0, events.join(', '));
  },
};

const revokedCommitsNothing: BusCheck = {
  name: 'refuses a commit of a partition that was taken away',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const group = fresh('group');
    const first = await joinGroup(harness, topic, { group });
    await harness.bus.publish(numbered(topic, 0, 5));
    await first.count(5);
    await first.consumer.close();
    const [assignment] = first.assignments;
    const newest = first.records.at(-1)!;
    await assert.rejects(assignment!.commit(newest.offset), { name: 'PartitionRevoked' });
    const second = await joinGroup(harness, topic, { group });
    await second.count(5);
    assert.deepEqual(second.numbers(), range(0, 5));
  },
};

export const groupChecks: readonly BusCheck[] = [
  everyGroupGetsAll,
  neverTwoOwners,
  movesOnClose,
  revokedCommitsNothing,
];
