import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { fresh, range } from '../src/conformance/harness.js';
import { scratchKafka } from './kafka-harness.js';
import { arrivals, kafkaWorlds, publishingLoad, type KafkaWorld } from './kafka-lanes.js';
import { letters, record } from './scratch-lanes.js';
import { until, type ScratchWorld } from './scratch-world.js';

const scratch = scratchKafka();
const openWorld = kafkaWorlds(scratch);
/** A member's session and the broker's old registration, with room for two slow cores. */
const recoversMs = 40_000;

const freshTopic = async () => {
  const topic = fresh('outage');
  const bus = scratch.openBus();
  await bus.createTopics([topic, 'agent.dead-letters.v1'], { partitions: 3 });
  await bus.close();
  return topic;
};
const nothingIsBuried = async (world: KafkaWorld) =>
  expect(await letters(world as unknown as ScratchWorld)).toEqual([]);

describe('a broker that is away loses nothing and buries nothing (I10, I24)', () => {
  it('at the start: the lanes wait, say so, and come up by themselves', async () => {
    const topic = await freshTopic();
    await scratch.kafka.kill();
    const world = openWorld(topic);
    const came = arrivals();
    const lanes = await world.run(came.take);
    expect(world.bus.state).toMatchObject({ name: 'waiting' });
    await expect(world.bus.publish([record('key-0', 0, { topic })])).rejects.toMatchObject({
      name: 'BusUnavailable',
    });
    await expect(letters(world as unknown as ScratchWorld)).rejects.toMatchObject({
      name: 'BusUnavailable',
    });
    await scratch.kafka.start();
    await until(() => world.bus.state.name === 'ready', 'ready by itself', recoversMs);
    await world.bus.publish(range(0, 30).map((n) => record(`key-${n % 3}`, n, { topic })));
    await came.all(30, recoversMs);
    expect(lanes.state).toEqual({ name: 'running' });
    await nothingIsBuried(world);
  }, 120_000);

  it('killed three times under load', async () => {
    const topic = await freshTopic();
    const world = openWorld(topic);
    const came = arrivals();
    const lanes = await world.run(came.take);
    const load = publishingLoad(world.bus, topic, 12);
    for (let kill = 0; kill < 3; kill += 1) {
      const before = came.count;
      await until(() => came.count > before + 200, 'it flows', recoversMs);
      await scratch.kafka.kill();
      await scratch.kafka.start();
    }
    await finished({ world, came, load });
    expect(lanes.fences.open).toEqual([]);
  }, 180_000);

  it.each([60])(
    'stopped for %i s under load',
    async (seconds) => {
      const topic = await freshTopic();
      const world = openWorld(topic);
      const came = arrivals();
      await world.run(came.take);
      const load = publishingLoad(world.bus, topic, 12);
      await until(() => came.count > 200, 'it flows', recoversMs);
      scratch.kafka.pause();
      await until(() => world.bus.state.name === 'waiting', 'the outage is seen', 20_000);
      const atOutage = load.acknowledged;
      await sleep(seconds * 1_000);
      expect(load.acknowledged - atOutage).toBeLessThanOrEqual(10);
      scratch.kafka.resume();
      await finished({ world, came, load });
    },
    240_000,
  );
});

/** Everything that was acknowledged comes, in order, and a new run is given nothing of it. */
const finished = async ({
  world,
  came,
  load,
}: {
  world: KafkaWorld;
  came: ReturnType<typeof arrivals>;
  load: ReturnType<typeof publishingLoad>;
}) => {
  await until(() => world.bus.state.name === 'ready', 'ready by itself', recoversMs);
  const before = load.acknowledged;
  await until(() => load.acknowledged > before + 200, 'it is published again', recoversMs);
  await load.stop();
  await came.all(load.acknowledged, recoversMs);
  expect(came.backwards).toBe(0);
  await nothingIsBuried(world);
  console.log(
    `${load.acknowledged} records, ${load.repeats} publishes repeated, ${came.repeated} deliveries repeated`,
  );
};
