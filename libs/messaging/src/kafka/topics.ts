import { kafkaClient, triesOf, type KafkaAddress } from './client.js';
import { asBusError } from './errors.js';

export interface TopicLayout {
  /** How many members of a group can share a topic; never changed for one that exists. */
  readonly partitions: number;
  /** Topics whose records are never removed. */
  readonly keep: readonly string[];
}

/** A record may hold 1 MiB, and its key and headers come on top of it. */
const messageMaxBytes = 2 * 1024 * 1024;
const createsMs = 10_000;
const tries = 5;

/** Makes those that do not exist; several processes may do so at once. @throws BusUnavailable */
export const makeTopics = async (
  address: KafkaAddress,
  names: readonly string[],
  { partitions, keep }: TopicLayout,
): Promise<void> => {
  const admin = kafkaClient(address, triesOf(tries)).admin();
  const settings = (topic: string) => ({
    'max.message.bytes': String(messageMaxBytes),
    ...(keep.includes(topic) && { 'retention.ms': '-1' }),
  });
  const missing = async () => {
    const known = await admin.listTopics();
    return names.filter((name) => !known.includes(name));
  };
  try {
    await admin.connect();
    const topics = (await missing()).map((topic) => ({
      topic,
      numPartitions: partitions,
      configEntries: Object.entries(settings(topic)).map(([name, value]) => ({ name, value })),
    }));
    if (topics.length === 0) return;
    try {
      await admin.createTopics({ topics, waitForLeaders: true, timeout: createsMs });
    } catch (error) {
      // Another process may have made some of them in between.
      if ((await missing()).length > 0) throw error;
    }
  } catch (error) {
    throw asBusError(error, 'topics cannot be made');
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};
