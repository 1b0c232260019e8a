import assert from 'node:assert/strict';
import type { OutgoingRecord } from '../port.js';
import type { BusCheck } from './harness.js';
import { fresh, freshTopic, joinGroup, numbered, numberOf, range, settle } from './harness.js';

const killAfterPublish: BusCheck = {
  name: 'has kept every acknowledged record when it is killed right after the acknowledgement',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    await harness.bus.publish(numbered(topic, 0, 3));
    await harness.restart();
    const member = await joinGroup(harness, topic, { group: fresh('group') });
    await member.count(3);
    assert.deepEqual(member.numbers(), range(0, 3));
  },
};

const resumesAfterCommit: BusCheck = {
  name: 'begins again after the committed offset when it is killed: nothing less, nothing more',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const group = fresh('group');
    const before = await joinGroup(harness, topic, { group });
    await harness.bus.publish(numbered(topic, 0, 10));
    await before.count(10);
    await before.assignments[0]!.commit(before.records[3]!.offset);
    await harness.restart();
    const after = await joinGroup(harness, topic, { group });
    await after.count(6);
    await settle();
    assert.deepEqual(after.numbers(), range(4, 10));
  },
};

const uncommittedComesAgain: BusCheck = {
  name: 'delivers again what was delivered but not committed',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const group = fresh('group');
    const before = await joinGroup(harness, topic, { group });
    await harness.bus.publish(numbered(topic, 0, 5));
    await before.count(5);
    await settle();
    await harness.restart();
    const after = await joinGroup(harness, topic, { group });
    await after.count(5);
    assert.deepEqual(after.numbers(), range(0, 5));
  },
};

const commitsMoveForward: BusCheck = {
  name: 'never moves a committed offset back',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const group = fresh('group');
    const before = await joinGroup(harness, topic, { group });
    await harness.bus.publish(numbered(topic, 0, 10));
    await before.count(10);
    const [assignment] = before.assignments;
    const offsets = before.records.map(({ offset }) => offset);
    await assignment!.commit(offsets[7]!);
    await assignment!.commit(offsets[2]!);
    await Promise.all([assignment!.commit(offsets[8]!), assignment!.commit(offsets[5]!)]);
    await harness.restart();
    const after = await joinGroup(harness, topic, { group });
    await after.count(1);
    await settle();
    assert.deepEqual(after.numbers(), [9]);
  },
};

/** What the relay does: the same records again until it hears that they are durable. */
const publishUntilHeard = async (publish: () => Promise<void>): Promise<number> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await publish();
      return tries;
    } catch (error) {
      assert.equal((error as Error).name, 'BusUnavailable');
    }
  }
};

const lostAcknowledgement: BusCheck = {
  name: 'after a lost acknowledgement, publishing again leaves all records, in order, repeats aside',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const member = await joinGroup(harness, topic, { group: fresh('group') });
    const send = (records: readonly OutgoingRecord[]) =>
      publishUntilHeard(() => harness.bus.publish(records));
    assert.equal(await send(numbered(topic, 0, 5)), 1);
    harness.loseNextAcknowledgement();
    assert.equal(await send(numbered(topic, 5, 5)), 2, 'the loss was reported as BusUnavailable');
    await send(numbered(topic, 10, 5));
    await settle();
    const once = [...new Set(member.numbers())];
    assert.deepEqual(once, range(0, 15));
    await harness.restart();
    const again = await joinGroup(harness, topic, { group: fresh('group') });
    await again.count(15);
    assert.deepEqual([...new Set(again.numbers())], range(0, 15));
  },
};

const browsing: BusCheck = {
  name: 'shows what a topic holds, by key, without moving any group',
  run: async (harness) => {
    const topic = await freshTopic(harness);
    const group = fresh('group');
    await harness.bus.publish(numbered(topic, 0, 600, ['a', 'b', 'c']));
    const seen: number[] = [];
    for await (const record of harness.bus.browse(topic, { key: 'b' })) seen.push(numberOf(record));
    assert.deepEqual(
      seen,
      range(0, 200).map((n) => n * 3 + 1),
    );
    let all = 0;
    for await (const record of harness.bus.browse(topic)) all += record.topic === topic ? 1 : 0;
    assert.equal(all, 600);
    for await (const record of harness.bus.browse(fresh('empty'))) assert.fail(record.topic);
    const member = await joinGroup(harness, topic, { group });
    await member.count(600);
  },
};

export const durabilityChecks: readonly BusCheck[] = [
  killAfterPublish,
  resumesAfterCommit,
  uncommittedComesAgain,
  commitsMoveForward,
  lostAcknowledgement,
  browsing,
];
