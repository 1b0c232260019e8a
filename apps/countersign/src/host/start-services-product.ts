import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { allTopics, services, type Service } from '@countersign/contracts';
import { startDevIssuer } from '@countersign/dev-issuer';
import { readSources } from '@countersign/intake';
import { systemClock } from '@countersign/time';
import type { Settings } from '../settings.js';
import { openDataFolder, type DataFolder } from './data-folder.js';
import { fixedPort } from './free-port.js';
import { keepBroker, type DownloadNews, type KeptBroker } from './kept-broker.js';
import { keepProcess, type KeptProcess, type ProcessNews } from './kept-process.js';
import { makeKeys } from './keys.js';
import { makeTopics } from './make-topics.js';
import { listening, openHttpOutside } from './outside.js';
import {
  environmentOf,
  ofThisProcess,
  programOf,
  servicesFolder,
  type Environment,
  type ServicePlaces,
} from './service-environments.js';
import { tokenAudience, type Product, type ProductAddresses } from './start-product.js';

export interface ServicesProduct extends Pick<Product, 'stop'> {
  readonly addresses: ProductAddresses;
  /** For KAFKA_BROKERS and EVENTSTORE_URL of whoever else joins. */
  readonly kafkaBrokers: string;
  readonly eventStoreUrl: string;
  /** The five services and the development store, by name; as they are told to end and start. */
  readonly processes: ReadonlyMap<string, KeptProcess>;
  /** Absent when KAFKA_BROKERS names another one. */
  readonly broker: KeptBroker | undefined;
}

export interface ServicesProductOptions {
  readonly settings: Settings;
  /** What happens to broker, store and services, by the name of the part. */
  readonly onNews?: (part: string, news: ProcessNews | DownloadNews) => void;
  /** Settings of single services, e.g. a fault of one of them; asked at each of its starts. */
  readonly environmentOf?: (service: Service) => Environment;
}

type Closing = (() => Promise<void> | void)[];

/** As long as its keeper is gone, a store waits for the services to drain. */
const storeOrphanedS = 5;
const answerMaxMs = 1_000;

/**
 * Starts the five services as processes, over a broker and a store that are started too unless they
 * are named. Whatever ends is started again. Everything of it ends with this process.
 * @throws CannotStart, KafkaCannotStart, ConfigurationError …: each names the way out
 */
export const startServicesProduct = async (
  options: ServicesProductOptions,
): Promise<ServicesProduct> => {
  const closing: Closing = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return { ...(await open(options, closing)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** What every part of the product is started with. */
interface Starting {
  readonly options: ServicesProductOptions;
  readonly folder: DataFolder;
  readonly processes: Map<string, KeptProcess>;
  readonly closing: Closing;
}

const open = async (
  options: ServicesProductOptions,
  closing: Closing,
): Promise<Omit<ServicesProduct, 'stop'>> => {
  const { settings } = options;
  const topics = allTopics(readSources(settings.config).map(({ name }) => name));
  const folder = openDataFolder(settings.data);
  closing.push(folder.release);
  mkdirSync(servicesFolder(folder), { recursive: true, mode: 0o700 });
  await makeKeys(folder, systemClock().now());
  const issuer = await listening('DEV_ISSUER_PORT', settings.issuerPort, () =>
    startDevIssuer({
      port: settings.issuerPort,
      keyFile: join(folder.demoFolder, 'issuer.jwk'),
      audience: tokenAudience,
    }),
  );
  closing.push(issuer.close);
  const outside = await openHttpOutside(settings, folder);
  closing.push(outside.close);
  const starting: Starting = { options, folder, processes: new Map(), closing };
  const [backbone, ports] = await Promise.all([startBackbone(starting, topics), portsOf(settings)]);
  const { kafkaBrokers, eventStoreUrl, broker } = backbone;
  await startServices(starting, {
    ...{ settings, folder, ports, kafkaBrokers, eventStoreUrl },
    ...{ issuerUrl: issuer.url, model: outside.model, crm: outside.crm },
  });
  const at = (service: Service) => `http://127.0.0.1:${ports[service]}`;
  return {
    addresses: {
      ...(Object.fromEntries(services.map((service) => [service, at(service)])) as Doors),
      issuer: issuer.url,
      crm: outside.crm.url,
      model: outside.model.baseURL,
    },
    kafkaBrokers,
    eventStoreUrl,
    processes: starting.processes,
    broker,
  };
};
type Doors = Record<Service, string>;

/** At the ports that are set; where any will do, at one that does not change from start to start. */
const portsOf = async (settings: Settings): Promise<Record<Service, number>> => {
  const ports = services.map(async (service) => [
    service,
    await fixedPort(settings[`${service}Port`]),
  ]);
  return Object.fromEntries(await Promise.all(ports)) as Record<Service, number>;
};

/** Broker and store, side by side; a broker has its topics then. */
const startBackbone = async (starting: Starting, topics: readonly string[]) => {
  const { settings } = starting.options;
  const [store, bus] = await Promise.allSettled([startStore(starting), startBus(starting, topics)]);
  if (bus.status === 'rejected') throw bus.reason;
  if (store.status === 'rejected') throw store.reason;
  return { eventStoreUrl: settings.eventStoreUrl ?? store.value, ...bus.value };
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
  const { options, folder } = starting;
  const { settings } = options;
  if (settings.eventStoreUrl !== undefined) return settings.eventStoreUrl;
  const port = await fixedPort(settings.eventStorePort);
  const controlPort = await fixedPort(settings.eventStoreControlPort);
  const store = keep(starting, 'event store', {
    program: programOf('libs/event-store-dev'),
    orphanedS: storeOrphanedS,
    env: () => ({
      ...ofThisProcess(folder),
      COUNTERSIGN_DATA: join(servicesFolder(folder), 'store'),
      EVENTSTORE_PORT: String(port),
      EVENTSTORE_CONTROL_PORT: String(controlPort),
    }),
    readyAt: `http://127.0.0.1:${controlPort}/faults`,
  });
  await store.ready();
  return `esdb://127.0.0.1:${port}?tls=false`;
};

/** All at once: each waits for what it needs, and they end together. */
const startServices = async (starting: Starting, places: ServicePlaces): Promise<void> => {
  const { options, closing } = starting;
  const kept = services.map((service) =>
    keep({ ...starting, closing: [] }, service, {
      program: programOf(`services/${service}`),
      orphanedS: 0,
      env: () => ({
        ...environmentOf(service, places, service, places.ports[service]),
        ...options.environmentOf?.(service),
      }),
      readyAt: `http://127.0.0.1:${places.ports[service]}/readyz`,
    }),
  );
  closing.push(async () => void (await Promise.all(kept.map((one) => one.stop()))));
  await Promise.all(kept.map((one) => one.ready()));
};

interface Kept {
  readonly program: string;
  readonly orphanedS: number;
  readonly env: () => Environment;
  readonly readyAt: string;
}

const keep = (starting: Starting, name: string, { program, readyAt, ...kept }: Kept) => {
  const { onNews = () => undefined } = starting.options;
  const one = keepProcess({
    ...kept,
    name,
    program: [program],
    isReady: () => answers(readyAt),
    onNews: (news) => onNews(name, news),
  });
  starting.processes.set(name, one);
  starting.closing.push(one.stop);
  return one;
};

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMaxMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
};
