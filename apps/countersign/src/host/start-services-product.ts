import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { allTopics, services, type Service } from '@countersign/contracts';
import { startDevIssuer } from '@countersign/dev-issuer';
import { readSources } from '@countersign/intake';
import { fixedPort } from '@countersign/ports';
import { systemClock } from '@countersign/time';
import type { Settings } from '../settings.js';
import { openDataFolder } from './data-folder.js';
import { keep, type Closing, type ServicesProductOptions, type Starting } from './keeping.js';
import type { KeptProcess } from './kept-process.js';
import { makeKeys } from './keys.js';
import { listening, openHttpOutside } from './outside.js';
import { environmentOf, servicesFolder, type ServicePlaces } from './service-environments.js';
import { startBackbone, type StartedBackbone } from './start-backbone.js';
import type { Product, ProductAddresses } from './start-product.js';
import { tokenAudience } from './worlds.js';

export type { ServicesProductOptions } from './keeping.js';

export interface ServicesProduct extends StartedBackbone, Pick<Product, 'stop'> {
  readonly addresses: ProductAddresses;
  /** The five services and the development store, by name; as they are told to end and start. */
  readonly processes: ReadonlyMap<string, KeptProcess>;
  /** Another instance of a service, with a port and views of its own; it ends with the others. */
  startAnother(service: Service): Promise<KeptProcess>;
}

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
  const { kafkaBrokers, eventStoreUrl } = backbone;
  const places: ServicePlaces = {
    ...{ settings, folder, ports, kafkaBrokers, eventStoreUrl },
    ...{ issuerUrl: issuer.url, model: outside.model, crm: outside.crm },
  };
  const instances = instancesOf(starting, places);
  // All at once: each waits for what it needs, and they end together.
  await Promise.all(services.map((service) => instances.start(service, service, ports[service])));
  const at = (service: Service) => `http://127.0.0.1:${ports[service]}`;
  return {
    addresses: {
      ...(Object.fromEntries(services.map((service) => [service, at(service)])) as Doors),
      issuer: issuer.url,
      crm: outside.crm.url,
      model: outside.model.baseURL,
    },
    ...backbone,
    processes: starting.processes,
    startAnother: async (service) => {
      const name = `${service}-${instances.count()}`;
      return instances.start(service, name, await fixedPort(0));
    },
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

const instancesOf = ({ closing, ...starting }: Starting, places: ServicePlaces) => {
  const kept: KeptProcess[] = [];
  closing.push(async () => void (await Promise.all(kept.map((one) => one.stop()))));
  return {
    count: () => kept.length,
    /** @throws CannotStart */
    start: async (service: Service, instance: string, port: number): Promise<KeptProcess> => {
      const one = keep({ ...starting, closing }, instance, {
        program: `services/${service}`,
        orphanedS: 0,
        env: () => ({
          ...environmentOf(service, places, instance, port),
          ...starting.options.environmentOf?.(service),
        }),
        readyAt: `http://127.0.0.1:${port}/readyz`,
      });
      kept.push(one);
      await one.ready();
      return one;
    },
  };
};
