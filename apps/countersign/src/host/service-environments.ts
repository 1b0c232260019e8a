import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Service } from '@countersign/contracts';
import { signingKeyPath, trustFilePath } from '@countersign/trust';
import { programsPath, type Settings } from '../settings.js';
import type { DataFolder } from './data-folder.js';
import type { DemoKeys } from './demo-keys.js';

export type Environment = Readonly<Record<string, string>>;

/** What a service as a process of its own is told; see the tables in docs/settings.md. */
export interface ServicePlaces {
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly ports: Readonly<Record<Service, number>>;
  readonly kafkaBrokers: string;
  readonly eventStoreUrl: string;
  readonly issuerUrl: string;
  readonly model: { readonly baseURL: string; readonly apiKey: string; readonly id: string };
  readonly crm: { readonly url: string; readonly keys: DemoKeys };
}

/** Folder of everything that only the services' processes, their bus and their store use. */
export const servicesFolder = ({ path }: DataFolder): string => join(path, 'services');

/** The compiled program of a package of ours, e.g. `services/agent`. */
export const programOf = (folder: string): string =>
  fileURLToPath(new URL(`../../../../${folder}/dist/main.js`, import.meta.url));

/**
 * The whole environment of one instance. Each service gets only what it needs: the executor alone a
 * credential that writes, the agent alone the key of the model (rule 10).
 */
export const environmentOf = (
  service: Service,
  places: ServicePlaces,
  instance: string,
  port: number,
): Environment => ({
  ...everyService(service, places, instance, port),
  ...own[service](places, instance),
});

const everyService = (
  service: Service,
  { settings, folder, kafkaBrokers, eventStoreUrl, issuerUrl }: ServicePlaces,
  instance: string,
  port: number,
): Environment => ({
  ...ofThisProcess(),
  INSTANCE: instance,
  [`${service.toUpperCase()}_PORT`]: String(port),
  KAFKA_BROKERS: kafkaBrokers,
  EVENTSTORE_URL: eventStoreUrl,
  SUBJECT_KEYS_FILE: folder.subjectKeysFile,
  TOKEN_ISSUER: issuerUrl,
  LOG_FOLDER: folder.logsFolder,
  LOG_LEVEL: settings.logLevel,
  FAILPOINTS: settings.failpoints,
});

/** What every process of ours is told. */
export const ofThisProcess = (): Environment => ({ PATH: programsPath() });

const config = ({ settings }: ServicePlaces): Environment => ({
  COUNTERSIGN_CONFIG: settings.config,
});
const views = ({ folder }: ServicePlaces, instance: string): Environment => ({
  VIEWS_FOLDER: join(servicesFolder(folder), instance),
});
const trust = ({ folder }: ServicePlaces): Environment => ({
  TRUST_FILE: trustFilePath(folder.path),
});
const signs = ({ folder }: ServicePlaces, service: Service): Environment => ({
  SIGNING_KEY_FILE: signingKeyPath(folder.path, service),
});
const reads = ({ crm }: ServicePlaces): Environment => ({
  CRM_URL: crm.url,
  CRM_READ_KEY: crm.keys.read,
});
const milliseconds = (ms: number): string => `${ms}ms`;

const own: Readonly<Record<Service, (places: ServicePlaces, instance: string) => Environment>> = {
  intake: config,
  orchestrator: (places, instance) => ({ ...config(places), ...views(places, instance) }),
  agent: (places, instance) => ({
    ...views(places, instance),
    ...signs(places, 'agent'),
    ...reads(places),
    MODEL_BASE_URL: places.model.baseURL,
    MODEL_API_KEY: places.model.apiKey,
    MODEL_ID: places.model.id,
    AGENT_LEASE: milliseconds(places.settings.agentLeaseMs),
  }),
  approvals: (places, instance) => ({
    ...config(places),
    ...views(places, instance),
    ...signs(places, 'approvals'),
    ...trust(places),
    ...reads(places),
    ...doorsOf(places),
    DEV_ISSUER_URL: places.issuerUrl,
  }),
  executor: (places, instance) => ({
    ...views(places, instance),
    ...trust(places),
    ...reads(places),
    CRM_WRITE_KEY: places.crm.keys.write,
    EXECUTOR_LEASE: milliseconds(places.settings.executorLeaseMs),
  }),
};

const doorsOf = ({ ports }: ServicePlaces): Environment =>
  Object.fromEntries(
    (['intake', 'orchestrator', 'agent', 'executor'] as const).map((service) => [
      `${service.toUpperCase()}_URL`,
      `http://127.0.0.1:${ports[service]}`,
    ]),
  );
