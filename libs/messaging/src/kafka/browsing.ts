import kafkajs, { type Cluster, type KafkaMessage } from 'kafkajs';
import { BusUnavailable, type ReceivedRecord } from '../port.js';
import { kafkaClient, type KafkaAddress } from './client.js';
import { asBusError } from './errors.js';
import { toRecord } from './records.js';

/**
 * The client hands its connections to the assigner of a consumer, which it asks for at once. So
 * topics can be read without joining a group, and none is left behind.
 */
const clusterOf = (address: KafkaAddress): Cluster => {
  let cluster: Cluster | undefined;
  kafkaClient(address).consumer({
    groupId: 'never joined',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (config) => {
        cluster = config.cluster;
        return kafkajs.PartitionAssigners.roundRobin(config);
      },
    ],
  });
  return cluster!;
};

type Fetched = readonly (KafkaMessage & { readonly isControlRecord?: boolean })[];
interface FetchAnswer {
  readonly responses: readonly {
    readonly partitions: readonly { readonly messages: Fetched }[];
  }[];
}

const fetchBytes = 1024 * 1024;
const fetchWaitMs = 250;

/** From the oldest record to the last one of now, one partition after the other. */
export const browsing = async function* (
  address: KafkaAddress,
  topic: string,
  key?: string,
): AsyncGenerator<ReceivedRecord, void> {
  const cluster = clusterOf(address);
  const asking = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await ask();
    } catch (error) {
      throw asBusError(error, `${topic} cannot be read`);
    }
  };
  try {
    if (!(await asking(() => exists(cluster, topic)))) return;
    for (const extent of await asking(() => extentOf(cluster, topic))) {
      const { partition } = extent;
      const fetched = (next: number) => asking(() => fetch(cluster, topic, partition, next));
      for await (const message of everyMessage(fetched, extent)) {
        const record = toRecord(topic, partition, message);
        if (key === undefined || record.key === key) yield record;
      }
    }
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
};

/** A broker that limits its clients answers with nothing for a while; then it is an outage. */
const emptyMax = 20;

/**
 * The messages of one partition from `begin` to before `end`: all of them, or an error. Who takes
 * what was read for everything would lift a fence and leave letters behind.
 * @throws BusUnavailable Kafka does not give what it says it has
 */
export const everyMessage = async function* (
  fetched: (next: number) => Promise<Fetched>,
  { begin, end }: { readonly begin: number; readonly end: number },
): AsyncGenerator<KafkaMessage, void> {
  let empty = 0;
  for (let next = begin; next < end;) {
    const messages = await fetched(next);
    empty = messages.length === 0 ? empty + 1 : 0;
    if (empty > emptyMax) throw new BusUnavailable(`Kafka answers ${next} of ${end} with nothing`);
    for (const message of messages) {
      const offset = Number(message.offset);
      if (offset < next || offset >= end || message.isControlRecord) continue;
      yield message;
    }
    next = Math.max(next, Number(messages.at(-1)?.offset ?? -1) + 1);
  }
};

const exists = async (cluster: Cluster, topic: string): Promise<boolean> => {
  await cluster.connect();
  try {
    await cluster.addMultipleTargetTopics([topic]);
    return true;
  } catch (error) {
    if ((error as { readonly type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return false;
    throw error;
  }
};

const extentOf = async (cluster: Cluster, topic: string) => {
  const partitions = cluster
    .findTopicPartitionMetadata(topic)
    .map(({ partitionId }) => ({ partition: partitionId }))
    .sort((a, b) => a.partition - b.partition);
  const offsets = async (fromBeginning: boolean) => {
    const [found] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning }]);
    return new Map(found!.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  };
  const [begins, ends] = [await offsets(true), await offsets(false)];
  return partitions.map(({ partition }) => ({
    partition,
    begin: begins.get(partition)!,
    end: ends.get(partition)!,
  }));
};

const fetch = async (cluster: Cluster, topic: string, partition: number, next: number) => {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  const broker = await cluster.findBroker({ nodeId: nodeId! });
  const answer = (await broker.fetch({
    isolationLevel: readCommitted,
    maxWaitTime: fetchWaitMs,
    minBytes: 1,
    maxBytes: fetchBytes,
    topics: [
      { topic, partitions: [{ partition, fetchOffset: String(next), maxBytes: fetchBytes }] },
    ],
  })) as FetchAnswer;
  return answer.responses[0]?.partitions[0]?.messages ?? [];
};
const readCommitted = 1;
