import type { Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
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
/** A new topic is known to the broker a moment after it was made; on a busy machine later. */
const knownWithinMs = 15_000;
const lookEveryMs = 50;
const tries = 5;

/** Makes those that do not exist; several processes may do so at once. @throws BusUnavailable */
export const makeTopics = async (
  address: KafkaAddress,
  names: readonly string[],
  layout: TopicLayout,
): Promise<void> => {
  const admin = kafkaClient(address, triesOf(tries)).admin();
  try {
    await admin.connect();
    const missing = await missingOf(admin, names);
    if (missing.length === 0) return;
    const topics = missing.map((topic) => topicOf(topic, layout));
    await admin.createTopics({ topics, waitForLeaders: false }).catch(unlessMadeByOthers);
    await untilThere(admin, names);
  } catch (error) {
    throw asBusError(error, 'topics cannot be made');
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

/** Another process may have made some of them in between. */
const unlessMadeByOthers = (error: unknown) => {
  const { errors = [error] } = error as { readonly errors?: readonly unknown[] };
  const typeOf = (one: unknown) => (one as { readonly type?: string }).type;
  if (!errors.every((one) => typeOf(one) === 'TOPIC_ALREADY_EXISTS')) throw error;
};

const missingOf = async (admin: Admin, names: readonly string[]) => {
  const known = new Set(await admin.listTopics());
  return names.filter((name) => !known.has(name));
};

const topicOf = (topic: string, { partitions, keep }: TopicLayout) => {
  const settings = {
    'max.message.bytes': String(messageMaxBytes),
    // Publishers compress as they like; of those ways our client reads one, and ends at the others.
    'compression.type': 'uncompressed',
    ...(keep.includes(topic) && { 'retention.ms': '-1' }),
  };
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  return { topic, numPartitions: partitions, configEntries };
};

const untilThere = async (admin: Admin, names: readonly string[]) => {
  const begun = performance.now();
  for (;;) {
    const problem = await leadersOf(admin, names);
    if (problem === undefined) return;
    if (performance.now() - begun > knownWithinMs) throw problem;
    await sleep(lookEveryMs);
  }
};

/** Why the topics cannot be used yet; undefined when each partition has a leader. */
const leadersOf = async (admin: Admin, names: readonly string[]): Promise<unknown> => {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
    const all = topics.flatMap(({ partitions }) => partitions);
    return all.every(({ leader }) => leader >= 0) ? undefined : new NoLeaderYet();
  } catch (error) {
    return error;
  }
};

class NoLeaderYet extends Error {
  override readonly name = 'NoLeaderYet';
  readonly type = 'LEADER_NOT_AVAILABLE';
  readonly retriable = true;
  constructor() {
    super('a new topic has no leader yet');
  }
}
