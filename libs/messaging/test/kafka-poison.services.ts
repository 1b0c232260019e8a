import { beforeAll, describe, expect, it } from '@jest/globals';
import { numberOf, range } from '../src/conformance/harness.js';
import { deadLetterDesk } from '../src/dead-letter-desk.js';
import { scratchKafka } from './kafka-harness.js';
import { kafkaWorlds, type KafkaWorld } from './kafka-lanes.js';
import { handling, letters, record } from './scratch-lanes.js';
import { until, type ScratchWorld } from './scratch-world.js';

const topic = 'agent.commands.v1';
const keys = range(0, 12).map((n) => `case-${n}`);
const perKey = 40;
const poisonedKey = 'case-7';
const comesMs = 20_000;

const scratch = scratchKafka();
const openWorld = kafkaWorlds(scratch);
beforeAll(async () => {
  const bus = scratch.openBus();
  await bus.createTopics([topic, 'agent.dead-letters.v1'], { partitions: 3 });
  await bus.close();
});

const numbersOf = (key: string) => range(0, perKey).map((n) => keys.indexOf(key) * 1_000 + n);
const lettersOf = (world: KafkaWorld) => letters(world as unknown as ScratchWorld);

describe('a poison message on a real broker (I18)', () => {
  it('stops its own key only, keeps what it was, and a replay restores the order', async () => {
    const world = openWorld(topic);
    const done: number[] = [];
    const [first, second, poison, ...later] = numbersOf(poisonedKey);
    const poisoned = new Set([poison!]);
    const lanes = await world.run(handling(poisoned, done));
    const doneOf = (key: string) => done.filter((n) => numbersOf(key).includes(n));

    for (const n of range(0, perKey)) {
      await world.bus.publish(keys.map((key) => record(key, numbersOf(key)[n]!, { topic })));
    }
    const others = keys.filter((key) => key !== poisonedKey);
    await until(
      () => others.every((key) => doneOf(key).length === perKey),
      'every other key flows on',
      comesMs,
    );
    await until(
      async () => (await lettersOf(world)).length === perKey - 2,
      'its key is among the dead letters',
      comesMs,
    );
    for (const key of others) expect(doneOf(key)).toEqual(numbersOf(key));
    expect(doneOf(poisonedKey)).toEqual([first, second]);
    expect(lanes.fences.open).toMatchObject([
      { topic, key: poisonedKey, messageId: `id-${poison}` },
    ]);
    const buried = await lettersOf(world);
    expect(buried.map(numberOf)).toEqual([poison, ...later]);
    expect(buried[0]!.headers).toMatchObject({
      dead_topic: topic,
      dead_behind: 'false',
      dead_code: 'handler-failed',
      ce_id: `id-${poison}`,
    });

    poisoned.clear();
    const desk = deadLetterDesk({ ...world, service: 'agent' });
    const [asked] = await desk.replay(poisonedKey, { by: 'sre:ana' });
    expect(asked!.taken).toHaveLength(perKey - 2);
    await world.bus.publish([record(poisonedKey, 7_999, { topic })]);
    await until(() => done.includes(7_999), 'the later one', comesMs);
    expect(done.filter((n) => n >= 7_000 && n < 8_000)).toEqual([...numbersOf(poisonedKey), 7_999]);
    expect(lanes.fences.open).toEqual([]);
    expect(await desk.list()).toEqual([]);
  });

  it('stays with its raw bytes when it cannot even be read, and its fence outlives the members', async () => {
    const world = openWorld(topic);
    const bytes = new Uint8Array([0, 255, 254, 123]);
    const handle = ({ value }: { value: string | Uint8Array }) => {
      if (Buffer.from(value as Uint8Array).equals(bytes)) throw new TypeError('cannot be read');
    };
    const before = (await lettersOf(world)).length;
    const lanes = await world.run(handle);
    await world.bus.publish([{ ...record('case-raw', 1, { topic }), value: bytes }]);
    const buried = async () => (await lettersOf(world)).slice(before);
    await until(async () => (await buried()).length === 1, 'it is among the dead letters', comesMs);
    const [letter] = await buried();
    expect(Buffer.from(letter!.value as Uint8Array)).toEqual(Buffer.from(bytes));
    await lanes.close();

    const again = await world.run(handle);
    await world.bus.publish([record('case-raw', 2, { topic })]);
    await until(async () => (await buried()).length === 2, 'the next one is behind it', comesMs);
    expect((await buried())[1]!.headers).toMatchObject({
      dead_behind: 'true',
      dead_code: 'behind',
    });
    expect(again.fences.open).toMatchObject([{ key: 'case-raw' }]);
  });
});
