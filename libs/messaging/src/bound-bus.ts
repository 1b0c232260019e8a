import type { Rights } from '@countersign/contracts';
import type { Bus, OutgoingRecord } from './port.js';
import { isReplayRequest } from './replay-request.js';

/** The handle's owner may not touch this topic (see `rights` in libs/contracts). */
export class TopicNotPermitted extends Error {
  override readonly name = 'TopicNotPermitted';
  constructor(
    readonly action: 'publish' | 'consume' | 'browse',
    readonly topic: string,
  ) {
    super(`may not ${action} ${topic}`);
  }
}

/**
 * A bus that refuses every topic outside the rights of its owner: deny by default. Browsing is for
 * what the owner may consume, and for its own dead letters. Where only replays may be asked for, a
 * record must be such a request: no handler ever sees one. Closing it closes nothing: the bus
 * belongs to the host.
 */
export const boundBus = (bus: Bus, rights: Pick<Rights, 'publish' | 'consume' | 'replay'>): Bus => {
  const publishable = new Set(rights.publish);
  const consumable = new Set(rights.consume);
  const replayable = new Set(rights.replay);
  const mayPublish = (record: OutgoingRecord): boolean =>
    publishable.has(record.topic) || (replayable.has(record.topic) && isReplayRequest(record));
  const checkPublish = (records: readonly OutgoingRecord[]) => {
    for (const record of records) {
      if (!mayPublish(record)) throw new TopicNotPermitted('publish', record.topic);
    }
  };
  return {
    publish: async (records) => {
      checkPublish(records);
      return bus.publish(records);
    },
    ...(bus.enclose && {
      enclose: (records, published) => {
        checkPublish(records);
        return bus.enclose!(records, published);
      },
    }),
    consume: async (options) => {
      for (const topic of options.topics) {
        if (!consumable.has(topic)) throw new TopicNotPermitted('consume', topic);
      }
      return bus.consume(options);
    },
    browse: (topic, filter) => {
      const own = publishable.has(topic) && topic.includes('.dead-letters.');
      if (!own && !consumable.has(topic)) throw new TopicNotPermitted('browse', topic);
      return bus.browse(topic, filter);
    },
    close: async () => undefined,
  };
};
