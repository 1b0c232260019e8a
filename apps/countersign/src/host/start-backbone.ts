import { join } from 'node:path';
import { fixedPort } from '@countersign/ports';
import { keepBroker, type KeptBroker } from './kept-broker.js';
import { keep, type Starting } from './keeping.js';
import { makeTopics } from './make-topics.js';
import { ofThisProcess, servicesFolder } from './service-environments.js';
import { storeAnswers } from './store-answers.js';

export interface StartedBackbone {
  /** For KAFKA_BROKERS and EVENTSTORE_URL of whoever else joins. */
  readonly kafkaBrokers: string;
  readonly eventStoreUrl: string;
  /** Absent when KAFKA_BROKERS names another one. */
  readonly broker: KeptBroker | undefined;
}

/** How long a store goes on when its keeper is gone, so that the services can drain, in seconds. */
const storeOrphanedS = 2;

/** Broker and store, side by side; a broker has its topics then. */
export const startBackbone = async (
  starting: Starting,
  topics: readonly string[],
): Promise<StartedBackbone> => {
  const [store, bus] = await Promise.allSettled([startStore(starting), startBus(starting, topics)]);
  if (bus.status === 'rejected') throw bus.reason;
  if (store.status === 'rejected') throw store.reason;
  return { eventStoreUrl: store.value, ...bus.value };
};

const startBus = async (starting: Starting, topics: readonly string[]) => {
  const { options, folder, closing } = starting;
  const { settings, onNews = () => undefined } = options;
  let broker: KeptBroker | undefined;
  if (settings.kafkaBrokers === undefined) {
    const port = await fixedPort(settings.kafkaPort);
    const own = join(servicesFolder(folder), 'kafka');
    broker = await keepBroker(own, port, (news) => onNews('kafka', news));
    closing.push(broker.stop);
  }
  const kafkaBrokers = settings.kafkaBrokers ?? broker!.kafka.brokers.join(',');
  await makeTopics(kafkaBrokers, topics);
  return { kafkaBrokers, broker };
};

const startStore = async (starting: Starting): Promise<string> => {
  const { options, folder, closing } = starting;
  const { settings } = options;
  if (settings.eventStoreUrl !== undefined) {
    await storeAnswers(settings.eventStoreUrl);
    return settings.eventStoreUrl;
  }
  const port = await fixedPort(settings.eventStorePort);
  const controlPort = await fixedPort(settings.eventStoreControlPort);
  const store = keep(starting, 'event store', {
    program: 'libs/event-store-dev',
    orphanedS: storeOrphanedS,
    env: () => ({
      ...ofThisProcess(),
      COUNTERSIGN_DATA: join(servicesFolder(folder), 'store'),
      EVENTSTORE_PORT: String(port),
      EVENTSTORE_CONTROL_PORT: String(controlPort),
    }),
    readyAt: `http://127.0.0.1:${controlPort}/faults`,
  });
  closing.push(store.stop);
  await store.ready();
  return `esdb://127.0.0.1:${port}?tls=false`;
};
