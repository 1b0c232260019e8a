import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { rights, type Service } from '@countersign/contracts';
import {
  hashMemory,
  histories,
  outboxOf,
  recalledFacts,
  type Journal,
  type Lease,
} from '@countersign/event-store';
import {
  deadLettersController,
  fastifyApp,
  healthController,
  listen,
  openapi,
  type FastifyAppOptions,
  type ReadinessCheck,
} from '@countersign/http';
import {
  BusStrategy,
  connectBus,
  deadLetterDesk,
  messageCodec,
  refusedLetters,
  runInLanes,
  type Lanes,
  type ReceivedRecord,
} from '@countersign/messaging';
import { deadLetterDoor } from './dead-letters.js';
import type { World } from './world.js';

/** Of the product; stands in every OpenAPI document and at `/version`. */
export const version = '0.1.0';

/** Something that runs beside the doors: a relay, an alarm keeper, a view, workers. */
export interface Part {
  close(): Promise<void>;
}

export interface ServiceParts {
  readonly service: Service;
  readonly world: World;
  /** The service's Nest module: its controllers and what they use. */
  readonly module: DynamicModule | Type;
  /** 0 for any free one. */
  readonly port: number;
  /** Setting that names the port, for the error when it is busy. */
  readonly portSetting: string;
  /** Of its OpenAPI document. */
  readonly title: string;
  readonly ready: readonly ReadinessCheck[];
  /** Of its doors, where they differ from the usual ones. */
  readonly http?: Pick<FastifyAppOptions, 'bodyLimitBytes' | 'jsonTypes' | 'forms'>;
  /** In the order in which they were started; closed in reverse. */
  readonly parts: readonly Part[];
  /** Under which its relay and keeper run, when there are several of it; left to the others last. */
  readonly lease?: Lease | undefined;
  /** Records of upstream, when the service takes them. */
  readonly upstream?: UpstreamParts;
}

/** Topics whose records are no messages of ours and promise no order. */
export interface UpstreamParts {
  readonly topics: readonly string[];
  /** Resolves when the record's offset may pass; see `runInLanes` for what it may throw. */
  readonly take: (record: ReceivedRecord) => Promise<void>;
}

export interface RunningService {
  readonly service: Service;
  readonly url: string;
  readonly port: number;
  /** Takes no new request and no new message; what runs is finished. */
  closeDoors(): Promise<void>;
  /** After the doors: stops relay, keeper, workers and views. */
  drain(): Promise<void>;
}

/** What `handle()`, relay and keeper of a service need of its world. */
export const journalOf = (service: Service, world: World): Journal => ({
  service,
  store: world.store,
  sealer: world.sealer,
  clock: world.clock,
  log: world.log,
  failpoints: world.failpoints,
  hashes: hashMemory(),
  recalled: recalledFacts(),
  // Where the bus cannot enclose, store and bus are elsewhere.
  histories: histories({ followed: !world.bus.enclose }),
  ...(world.bus.enclose && { outbox: outboxOf(world.store) }),
});

/**
 * Opens a service's doors: the bus, then HTTP. Its parts have been started before.
 * @throws CannotListen the port cannot be had; whatever had been started is closed again
 */
export const startService = async (options: ServiceParts): Promise<RunningService> => {
  const { service, world, lease } = options;
  const parts = lease ? [lease, ...options.parts] : options.parts;
  const strategy = new BusStrategy({
    service,
    topics: rights[service].consume,
    bus: world.bus,
    store: world.store,
    clock: world.clock,
    log: world.log,
    failpoints: world.failpoints,
    codec: messageCodec(service, world.sealer),
  });
  const upstream = upstreamLanes(options);
  let app: Awaited<ReturnType<typeof appFor>> | undefined;
  const closeDoors = async () => {
    await upstream.close();
    await strategy.close();
    await app?.close();
    await world.door?.close();
  };
  const drain = () => closeInReverse(parts);
  try {
    app = await appFor(options, strategy, upstream);
    await app.startAllMicroservices();
    await upstream.open();
    const port = await openTo(app, options);
    return { service, url: `http://127.0.0.1:${port}`, port, closeDoors, drain };
  } catch (error) {
    await closeDoors();
    await drain();
    throw error;
  }
};

/** What upstream publishes, in a group of its own: the service's own group has other topics. */
const upstreamLanes = ({ service, world, upstream }: ServiceParts) => {
  let lanes: Lanes | undefined;
  return {
    get running() {
      return lanes?.state.name === 'running';
    },
    open: async () => {
      if (!upstream || upstream.topics.length === 0) return;
      const { topics, take } = upstream;
      const group = `${service}-upstream`;
      lanes = await runInLanes({ service, group, topics, handle: take, ordered: false, ...world });
    },
    close: async () => lanes?.close(),
  };
};

type App = Awaited<ReturnType<typeof fastifyApp>>;

/** Lets requests in, by the door that stands open already or by one of its own. @returns its port */
const openTo = async (app: App, { world, port, portSetting }: ServiceParts): Promise<number> => {
  const { door } = world;
  if (!door) return listen(app, { port, setting: portSetting });
  await app.init();
  const server = app.getHttpAdapter().getInstance();
  await server.ready();
  door.handOver((request, response) => server.routing(request, response));
  return door.port;
};

const appFor = async (
  options: ServiceParts,
  strategy: BusStrategy,
  upstream: { readonly running: boolean },
): Promise<App> => {
  const { service, world, title } = options;
  const bus: ReadinessCheck = { name: 'bus', check: () => strategy.state.name === 'running' };
  const checks = [...options.ready, bus, ...(world.reaches ?? [])];
  if (options.upstream?.topics.length) {
    checks.push({ name: 'upstream', check: () => upstream.running });
  }
  const health = healthController({ service, version, checks });
  const module = withControllers(options.module, [health, deadLettersOf(options)]);
  const { door, log, tokens } = world;
  const server = door && { server: () => door.server };
  const app = await fastifyApp(module, { log, tokens, ...options.http, ...server });
  openapi(app, { title, version });
  connectBus(app, strategy);
  return app;
};

/** All of them, even when one cannot be closed. @throws what the first one threw */
const closeInReverse = async (parts: readonly Part[]): Promise<void> => {
  const failures: unknown[] = [];
  for (const part of [...parts].reverse()) {
    await part.close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
};

/** The door to what the service could not take, for those who operate it. */
const deadLettersOf = ({ service, world, upstream }: ServiceParts): Type => {
  const { bus, store, clock } = world;
  const desk = { service, bus, store, clock };
  const refused = upstream && refusedLetters({ ...desk, take: upstream.take });
  return deadLettersController(deadLetterDoor(service, deadLetterDesk(desk), refused));
};

const withControllers = (module: DynamicModule | Type, controllers: Type[]): DynamicModule => {
  @Module({ imports: [module], controllers })
  class Service {}
  return { module: Service };
};
