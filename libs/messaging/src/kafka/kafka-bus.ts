import { keptTopics } from '../kept-topics.js';
import { BusUnavailable, type Bus, type Consumer } from '../port.js';
import { browsing } from './browsing.js';
import type { KafkaAddress } from './client.js';
import { groupMember } from './group-member.js';
import { publishing } from './publishing.js';
import { standingOf, type KafkaState } from './standing.js';
import { makeTopics } from './topics.js';

export interface KafkaBusOptions extends KafkaAddress {
  /**
   * How long a group waits for a member that has gone silent before others take its partitions;
   * 6 000 unless said, which is also the least that a broker takes by default.
   */
  readonly sessionTimeoutMs?: number;
  /** Told once when `state` becomes `lost`: end the process, so that it is started again. */
  readonly onLost?: (because: string) => void;
}

export interface KafkaBus extends Bus {
  /** For readiness: no request is made to find out. */
  readonly state: KafkaState;
  /**
   * Makes the topics that do not exist; dead letters and outcomes are kept for ever. Make all of
   * them before consuming: one that is missing holds whoever publishes to it.
   * @throws BusUnavailable try again
   */
  createTopics(names: readonly string[], layout: { readonly partitions: number }): Promise<void>;
}

const sessionTimeoutMsDefault = 6_000;

/**
 * The bus over Kafka. It needs no broker to begin: `consume` resolves when the group is joined, or
 * after 3 s, and joins by itself as soon as it can; `state` tells.
 *
 * What Kafka cannot promise: the next owner of a partition waits for `revoked` of the one before
 * as long as that one is a member of the group. One that is silent for `sessionTimeoutMs` (stopped,
 * cut off) or takes more than 20 s to let go loses its partitions without being asked; then two
 * may act at once until the first one notices. Its commits are refused, and what both handle is
 * what redelivery is: decided on the stream's revision.
 */
export const kafkaBus = (options: KafkaBusOptions): KafkaBus => {
  const { log, sessionTimeoutMs = sessionTimeoutMsDefault, onLost = () => undefined } = options;
  const address = { brokers: options.brokers, clientId: options.clientId, log };
  const standing = standingOf(log, onLost);
  const publisher = publishing(address, standing);
  const consumers = new Set<Consumer>();
  let members = 0;
  let closed = false;

  const checkOpen = () => {
    if (closed) throw new BusUnavailable('the bus has been closed');
  };
  return {
    get state() {
      return standing.state;
    },
    createTopics: (names, { partitions }) =>
      makeTopics(address, names, { partitions, keep: keptTopics }),
    publish: (records) => publisher.publish(records),
    consume: async (member) => {
      checkOpen();
      const part = `member ${(members += 1)} of ${member.group}`;
      const joined = await groupMember(member, { address, sessionTimeoutMs, standing, part });
      const consumer = {
        close: async () => {
          consumers.delete(consumer);
          await joined.close();
        },
      };
      consumers.add(consumer);
      return consumer;
    },
    browse: (topic, filter) => {
      checkOpen();
      return browsing(address, topic, filter?.key);
    },
    close: async () => {
      closed = true;
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await publisher.close();
    },
  };
};
