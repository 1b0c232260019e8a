import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { zstdCompressSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import { fresh, numberOf, range } from '../src/conformance/harness.js';
import { kafkaBus, type KafkaBus } from '../src/kafka/kafka-bus.js';
import { recordMaxBytes, type Assignment, type OutgoingRecord } from '../src/port.js';
import { silentLog } from '@countersign/telemetry';
import { scratchKafka } from './kafka-harness.js';
import { until } from './scratch-world.js';

const scratch = scratchKafka();
const comesMs = 30_000;

const withTopic = async (test: (bus: KafkaBus, topic: string) => Promise<void>, partitions = 1) => {
  const bus = scratch.openBus();
  const topic = fresh('topic');
  try {
    await bus.createTopics([topic], { partitions });
    await test(bus, topic);
  } finally {
    await bus.close();
  }
};
const client = () =>
  new kafkajs.Kafka({
    brokers: [...scratch.kafka.brokers],
    logCreator: () => () => undefined,
    retry: { retries: 0 },
  });
const browsed = async (bus: KafkaBus, topic: string) => {
  const found = [];
  for await (const record of bus.browse(topic)) found.push(record);
  return found;
};
/** As other clients may publish; ours has no such codec. */
const publishedWithZstd = async (topic: string, values: readonly string[]) => {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const missing = CompressionCodecs[CompressionTypes.ZSTD];
  const compress = async ({ buffer }: { readonly buffer: Buffer }) => zstdCompressSync(buffer);
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({ compress, decompress: missing });
  const producer = client().producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const messages = values.map((value) => ({ key: 'a', value }));
  await producer.send({ topic, compression: CompressionTypes.ZSTD, messages });
  await producer.disconnect();
  CompressionCodecs[CompressionTypes.ZSTD] = missing;
};
const numberedRecord = (topic: string, n: number, value = String(n)): OutgoingRecord => ({
  topic,
  key: 'a',
  value,
  headers: {},
});

describe('publishing', () => {
  it('sends what is published at once together, and more than a request holds in order', () =>
    withTopic(async (bus, topic) => {
      await Promise.all(range(0, 500).map((n) => bus.publish([numberedRecord(topic, n)])));
      const padding = 'x'.repeat(1_000);
      await bus.publish(range(500, 5_000).map((n) => numberedRecord(topic, n, `${n}.${padding}`)));
      const found = await browsed(bus, topic);
      const numbers = found.map(({ value }) => Number.parseInt(Buffer.from(value).toString(), 10));
      expect(numbers).toEqual(range(0, 5_000));
    }));

  it('takes a record of the largest size, refuses a larger one, and nothing else with it', () =>
    withTopic(async (bus, topic) => {
      const largest = 'x'.repeat(recordMaxBytes);
      await bus.publish([
        { ...numberedRecord(topic, 0, largest), headers: { note: 'y'.repeat(9_000) } },
      ]);
      const tooLarge = [numberedRecord(topic, 1), numberedRecord(topic, 2, `${largest}x`)];
      await expect(bus.publish(tooLarge)).rejects.toMatchObject({ name: 'RecordTooLarge' });
      expect(await browsed(bus, topic)).toHaveLength(1);
    }));

  it('finds the one record that a topic of others does not take', () =>
    withTopic(async (bus) => {
      const topic = fresh('small');
      const admin = client().admin();
      await admin.connect();
      const configEntries = [{ name: 'max.message.bytes', value: '2000' }];
      await admin.createTopics({ topics: [{ topic, configEntries }], waitForLeaders: true });
      await admin.disconnect();
      const records = range(0, 6).map((n) =>
        numberedRecord(topic, n, String(n).repeat(n === 3 ? 3_000 : 1)),
      );
      const told = await Promise.allSettled(records.map((record) => bus.publish([record])));
      expect(told.map(({ status }) => status)).toEqual(
        range(0, 6).map((n) => (n === 3 ? 'rejected' : 'fulfilled')),
      );
      expect(told[3]).toMatchObject({ reason: { name: 'RecordTooLarge', permanent: true } });
      expect((await browsed(bus, topic)).map(numberOf)).toEqual([0, 1, 2, 4, 5]);
    }));

  it('waits for a topic that is not there yet: infrastructure, not the message', () =>
    withTopic(async (bus) => {
      const topic = fresh('later');
      const publish = () => bus.publish([numberedRecord(topic, 0)]);
      await expect(publish()).rejects.toMatchObject({ name: 'BusUnavailable' });
      expect(bus.state.name).toBe('waiting');
      // Also for a caller that does not try again.
      await until(() => bus.state.name === 'ready', 'ready again', comesMs);
      await bus.createTopics([topic], { partitions: 1 });
      await publish();
      expect(await browsed(bus, topic)).toHaveLength(1);
    }));
});

describe('what others publish', () => {
  it('is taken as it is: no key, no value, raw and repeated headers', () =>
    withTopic(async (bus, topic) => {
      const producer = client().producer({
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      });
      await producer.connect();
      await producer.send({
        topic,
        messages: [
          { key: null, value: null, headers: { twice: ['1', '2'], raw: Buffer.from('ü') } },
          { key: 'a', value: Buffer.from([255, 0]) },
        ],
      });
      await producer.disconnect();
      const [first, second] = await browsed(bus, topic);
      expect(first).toMatchObject({ key: '', headers: { twice: '2', raw: 'ü' }, offset: 0 });
      expect(first!.value).toHaveLength(0);
      expect([...(second!.value as Uint8Array)]).toEqual([255, 0]);
    }));

  it('is taken however it was compressed, also in a way that our client cannot read (I18)', () =>
    withTopic(async (bus, topic) => {
      await publishedWithZstd(topic, ['0', '1']);
      const taken: number[] = [];
      await bus.consume({
        group: fresh('group'),
        topics: [topic],
        deliver: async (records) => void taken.push(...records.map(numberOf)),
      });
      await until(() => taken.length === 2, 'both', comesMs);
      expect(taken).toEqual([0, 1]);
      expect(bus.state).toEqual({ name: 'ready' });
    }));
});

describe('topics', () => {
  it('are made once by several processes, dead letters are kept for ever', () =>
    withTopic(async (bus) => {
      const other = scratch.openBus();
      const names = ['executor.dead-letters.v1', fresh('topic'), fresh('topic')];
      const make = (some: string[]) => (by: KafkaBus) => by.createTopics(some, { partitions: 4 });
      await Promise.all([bus, other].map(make(names)));
      await Promise.all([bus, other].map(make([...names, fresh('topic')])));
      await other.close();
      const admin = client().admin();
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: names });
      expect(topics.map(({ partitions }) => partitions.length)).toEqual([4, 4, 4]);
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: names.slice(0, 2).map((name) => ({ type: 2, name })),
      });
      const retention = resources.map(({ configEntries }) =>
        configEntries.find(({ configName }) => configName === 'retention.ms')!,
      );
      expect(retention.map(({ configValue }) => configValue)).toEqual(['-1', '604800000']);
      const { groups } = await admin.listGroups();
      expect(groups.map(({ groupId }) => groupId)).not.toContain('never joined');
      await admin.disconnect();
    }));
});

describe('a member', () => {
  it(
    'hands its partitions back before the next owner begins, however long it takes',
    () =>
      withTopic(async (bus, topic) => {
        const group = fresh('group');
        const events: string[] = [];
        let letGo = () => {};
        const first: Assignment[] = [];
        await bus.consume({
          group,
          topics: [topic],
          assigned: (assignment) => void first.push(assignment),
          // As lanes that are full while the store is away: only `revoked` ends it.
          deliver: () => new Promise((resolve) => (letGo = resolve)),
          revoked: async (assignment) => {
            events.push('asked to let go');
            letGo();
            // Longer than a session: it must be heard of meanwhile.
            await sleep(events.length > 1 ? 0 : 8_000);
            await assignment.commit(0);
            events.push('has let go');
          },
        });
        await bus.publish([numberedRecord(topic, 0), numberedRecord(topic, 1)]);
        await until(() => first.length === 1, 'the first owns it', comesMs);
        await sleep(500);
        const other = scratch.openBus();
        const came: number[] = [];
        const begins = () => void events.push('next begins');
        await other.consume({
          group,
          topics: [topic],
          assigned: begins,
          deliver: async (records) => void came.push(...records.map(numberOf)),
        });
        await until(
          () => events.includes('next begins') || first.length > 1,
          'a new owner',
          comesMs,
        );
        expect(events.slice(0, 2)).toEqual(['asked to let go', 'has let go']);
        expect(first[0]!.revoked).toBe(true);
        await expect(first[0]!.commit(1)).rejects.toMatchObject({ name: 'PartitionRevoked' });
        await other.close();
      }),
    60_000,
  );

  it('that can never work makes the bus lost, and says so once', async () => {
    const group = fresh('group');
    const topic = fresh('topic');
    const told: string[] = [];
    const bus = kafkaBus({
      brokers: scratch.kafka.brokers,
      clientId: 'test',
      log: silentLog,
      onLost: (because) => void told.push(because),
    });
    await bus.createTopics([topic], { partitions: 1 });
    const stranger = client().consumer({
      groupId: group,
      partitionAssigners: [
        (config) => ({ ...kafkajs.PartitionAssigners.roundRobin(config), name: 'Stranger' }),
      ],
    });
    await stranger.connect();
    await stranger.subscribe({ topics: [topic] });
    const joined = new Promise((resolve) => stranger.on('consumer.group_join', resolve));
    await stranger.run({ eachBatch: async () => undefined });
    await joined;
    await bus.consume({ group, topics: [topic], deliver: async () => undefined });
    await until(() => bus.state.name === 'lost', 'lost', comesMs);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/member 1 of group-.*INCONSISTENT_GROUP_PROTOCOL/);
    await bus.close();
    await stranger.disconnect();
  });
});
