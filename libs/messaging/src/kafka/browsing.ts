import kafkajs, { type Cluster, type KafkaMessage } from 'kafkajs';
import type { ReceivedRecord } from '../port.js';
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

interface FetchAnswer {
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly messages: readonly (KafkaMessage & { readonly isControlRecord?: boolean })[];
    }[];
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
    for (const { partition, begin, end } of await asking(() => extentOf(cluster, topic))) {
      for (let next = begin; next < end;) {
        const messages = await asking(() => fetch(cluster, topic, partition, next));
        // What is left may have been removed by the broker meanwhile.
        if (messages.length === 0) break;
        for (const message of messages) {
          const offset = Number(message.offset);
          if (offset < next || offset >= end || message.isControlRecord) continue;
          const record = toRecord(topic, partition, message);
          if (key === undefined || record.key === key) yield record;
        }
        next = Number(messages.at(-1)!.offset) + 1;
      }
    }
  } finally {
    await cluster.disconnect().catch(() => undefined);
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
