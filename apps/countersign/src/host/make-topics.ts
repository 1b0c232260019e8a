import { setTimeout as sleep } from 'node:timers/promises';
import { isInfrastructure, kafkaBus } from '@countersign/messaging';
import { silentLog } from '@countersign/telemetry';
import { CannotStart } from './cannot-start.js';

/** So many instances of a service can share its work; never changed for a topic that exists. */
const partitions = 6;
const triesForMs = 20_000;
const againMs = 300;

/**
 * Makes the topics that do not exist yet: nothing else ever does.
 * @throws CannotStart Kafka does not answer
 */
export const makeTopics = async (brokers: string, topics: readonly string[]): Promise<void> => {
  const address = { brokers: brokers.split(','), clientId: 'countersign' };
  const bus = kafkaBus({ ...address, log: silentLog });
  const begun = performance.now();
  try {
    for (;;) {
      try {
        return await bus.createTopics(topics, { partitions });
      } catch (error) {
        if (!isInfrastructure(error)) throw error;
        if (performance.now() - begun > triesForMs) throw noAnswer(brokers, error);
      }
      await sleep(againMs);
    }
  } finally {
    await bus.close();
  }
};

const noAnswer = (brokers: string, cause: unknown): CannotStart => {
  const message = `Kafka does not answer at ${brokers}: start it, set KAFKA_BROKERS to one that runs, or run everything in one process with npm start`;
  return Object.assign(new CannotStart(message), { cause });
};
