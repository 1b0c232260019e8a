import { join } from 'node:path';
import type { Service } from '@countersign/contracts';
import { startDevIssuer } from '@countersign/dev-issuer';
import type { RunningService } from '@countersign/hosting';
import { systemClock, type Clock } from '@countersign/time';
import type { Settings } from '../settings.js';
import { openDataFolder } from './data-folder.js';
import { readDeployment } from './deployment.js';
import { hasThreads, openEngine, share, type Engine } from './engine.js';
import {
  listening,
  openHttpOutside,
  outsideAt,
  outsideElsewhere,
  outsideHere,
  type HttpOutside,
} from './outside.js';
import { startOne, type Surroundings } from './start-one.js';
import { startThread, type ServiceThread } from './start-thread.js';
import { tokenAudience, worldsOn, type Worlds } from './worlds.js';

/** Where everything answers. */
export interface ProductAddresses {
  readonly approvals: string;
  readonly intake: string;
  readonly orchestrator: string;
  readonly agent: string;
  readonly executor: string;
  readonly issuer: string;
  /** Absent when they are bound in process. */
  readonly crm?: string | undefined;
  readonly model?: string | undefined;
}

export interface Product {
  readonly addresses: ProductAddresses;
  /** The worlds of its services, for checks by the host. */
  readonly worlds: Worlds;
  /** Closes doors, drains, closes bus, closes store. May be called again. */
  stop(): Promise<void>;
}

export interface ProductOptions {
  readonly settings: Settings;
  readonly clock?: Clock;
  /** Model and CRM are functions in this process instead of servers, for measurements. */
  readonly inProcess?: boolean;
  /** Told when a proposal begins to wait for people, as an inbox would be. */
  readonly onPending?: (pending: { proposalId: string; digest: string; caseId: string }) => void;
  /** Told as each part is up. */
  readonly onProgress?: (what: string) => void;
}

/** What is open so far, closed in reverse when a later part cannot start. */
type Closing = (() => Promise<void> | void)[];

const closeAll = async (closing: Closing): Promise<void> => {
  for (const close of closing.splice(0).reverse()) await close();
};

/**
 * Starts the five services and their outside in one process, on the embedded world.
 * @throws CannotStart, CannotListen, ConfigurationError, FileUnusable …: each names the way out
 */
export const startProduct = async (options: ProductOptions): Promise<Product> => {
  const closing: Closing = [];
  try {
    return await open(options, closing);
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
};

const open = async (options: ProductOptions, closing: Closing): Promise<Product> => {
  const { settings, clock = systemClock(), onProgress = () => undefined } = options;
  const deployment = readDeployment(settings.config);
  const folder = openDataFolder(settings.data);
  closing.push(folder.release);
  const issuer = await listening('DEV_ISSUER_PORT', settings.issuerPort, () =>
    startDevIssuer({
      port: settings.issuerPort,
      keyFile: join(folder.demoFolder, 'issuer.jwk'),
      audience: tokenAudience,
      now: clock.now,
    }),
  );
  closing.push(issuer.close);
  const http = options.inProcess ? undefined : await openHttpOutside(settings, folder);
  if (http) closing.push(http.close);
  onProgress('outside');
  const engine = await openEngine(folder, clock.now());
  closing.push(engine.close);
  const issuerUrl = issuer.url;
  const thread = options.clock
    ? undefined
    : threadOn(engine, { settings, issuerUrl, deployment, http });
  if (thread) closing.push(thread.close);
  const outside = http ? outsideAt(http) : thread ? outsideElsewhere() : outsideHere(folder);
  closing.push(outside.close);
  const worlds = worldsOn(engine, {
    ...{ settings, places: folder, clock, issuerUrl },
    sourceNames: deployment.sources.map(({ name }) => name),
    services: order.filter((service) => !thread?.services.includes(service)) as [Service],
  });
  closing.push(worlds.close);
  const surroundings = { settings, worlds, outside, deployment, issuerUrl };
  const running = await startAll(surroundings, thread, options, closing);
  let stopping: Promise<void> | undefined;
  return {
    addresses: {
      ...urlsOf(running),
      issuer: issuerUrl,
      crm: http?.crm.url,
      model: http?.model.baseURL,
    },
    worlds,
    stop: () => (stopping ??= stopAll(running, closing)),
  };
};

const stopAll = async (running: Running, closing: Closing): Promise<void> => {
  for (const { closeDoors } of running.values()) await closeDoors();
  await closeAll(closing);
};

/** Those that may run beside the others: a second core then carries about half of a case. */
const inThread = ['agent', 'executor'] as const;

/** A clock that is moved can only be moved in one thread, and tests run sources in one. */
const threadOn = (
  engine: Engine,
  at: Pick<Surroundings, 'settings' | 'issuerUrl' | 'deployment'> & {
    http: HttpOutside | undefined;
  },
): ServiceThread | undefined => {
  if (!hasThreads) return undefined;
  const { http, ...given } = at;
  const outside = http && { crm: http.crm, model: http.model };
  return startThread({ ...given, outside, services: inThread, engine: share(engine) });
};

/** Orchestrator first: it keeps the definitions; approvals last: it is the door to the others. */
const order: readonly Service[] = ['orchestrator', 'executor', 'agent', 'intake', 'approvals'];

const startAll = async (
  surroundings: Omit<Surroundings, 'urls'>,
  thread: ServiceThread | undefined,
  { onPending, onProgress = () => undefined }: ProductOptions,
  closing: Closing,
): Promise<Running> => {
  const running = new Map<Service, RunningService>();
  for (const service of order) {
    const started = thread?.services.includes(service)
      ? await thread.start(service)
      : await startOne(service, {
          ...surroundings,
          urls: urlsOf(running),
          ...(onPending && { onPending }),
        });
    running.set(service, started);
    closing.push(async () => {
      // Closed already in an ordinary stop, not when a later part cannot start.
      await started.closeDoors();
      await started.drain();
    });
    onProgress(service);
  }
  return running;
};

type Running = ReadonlyMap<Service, RunningService>;

const urlsOf = (running: Running) =>
  Object.fromEntries([...running].map(([service, { url }]) => [service, url])) as Record<
    Service,
    string
  >;
