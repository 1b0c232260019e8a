import { describe, expect, it } from '@jest/globals';
import { eventHash } from '@countersign/event-store';
import { range } from '../src/conformance/harness.js';
import { deadLetterDesk } from '../src/dead-letter-desk.js';
import { handling, letters, record, scratchLanes, topic } from './scratch-lanes.js';
import { start, until } from './scratch-world.js';

const { openWorld, run } = scratchLanes();

describe('fences', () => {
  it('hold after a restart, each event with its envelope and chained to the one before', async () => {
    const world = openWorld();
    const lanes = await run(world, handling(new Set([0, 1]), []));
    await world.bus.publish([record('a', 0), record('b', 1)]);
    await until(() => lanes.fences.open.length === 2, 'two fences');
    const [first, second] = await world.store.read('fence-agent');
    expect(first).toMatchObject({
      type: 'KeyFenced',
      data: { topic, key: 'a', offset: 1, cause: { code: 'handler-failed' } },
      metadata: {
        recordedAt: start,
        actor: { type: 'service', id: 'agent' },
        $causationId: 'id-0',
        $correlationId: 'a',
        prevHash: '0'.repeat(64),
      },
    });
    expect(second!.metadata).toMatchObject({ prevHash: eventHash(first!) });
    await lanes.close();
    await world.close();

    const again = openWorld(world.folder);
    const done: number[] = [];
    await run(again, handling(new Set(), done));
    await again.bus.publish([record('a', 2), record('c', 3)]);
    await until(async () => (await letters(again)).length === 3, 'the next of the key too');
    expect(done).toEqual([3]);
  });

  it('are raised by two writers at once without losing one', async () => {
    const world = openWorld();
    const other = 'agent.answers.v1';
    const poison = handling(new Set(range(0, 40)), []);
    const one = await run(world, poison, { group: 'one' });
    const two = await run(world, poison, { group: 'two', topics: [other] });
    await world.bus.publish(range(0, 20).map((n) => record(`key-${n}`, n)));
    await world.bus.publish(range(20, 40).map((n) => record(`key-${n}`, n, { topic: other })));
    await until(async () => (await letters(world)).length === 40, 'all buried');
    const fenced = await world.store.read('fence-agent');
    expect(fenced.map(({ revision }) => revision)).toEqual(range(0, 40));
    expect(new Set(fenced.map(({ data }) => (data as { key: string }).key)).size).toBe(40);
    await Promise.all([one.fences.load(), two.fences.load()]);
    expect(one.fences.open).toHaveLength(40);
    expect(two.fences.open).toHaveLength(40);
  });

  it('are read however many there have been', async () => {
    const world = openWorld();
    const lanes = await run(world, handling(new Set(range(0, 1_200)), []));
    await world.bus.publish(range(0, 1_200).map((n) => record(`key-${n}`, n)));
    await until(async () => (await letters(world)).length === 1_200, 'all buried');
    await lanes.close();
    const desk = await deadLetterDesk({ service: 'agent', ...world }).list();
    expect(desk).toHaveLength(1_200);
    const done: number[] = [];
    await run(world, handling(new Set(), done));
    await world.bus.publish([record('key-1199', 1_200), record('fresh', 1_201)]);
    await until(async () => (await letters(world)).length === 1_201, 'still fenced');
    expect(done).toEqual([1_201]);
  });
});
