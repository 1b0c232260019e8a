import { settingsFrom, type Setting, type SettingsOf } from '@countersign/configuration';
import { rightsFor, type Service } from '@countersign/contracts';
import { mustOpenWhatIsStored } from './keys-open-store.js';
import { openWorld, type EveryServiceSettings, type OpenedWorld } from './open-world.js';
import type { RunningService } from './start-service.js';
import type { World } from './world.js';

/** How a process of ours ends. */
export const serviceExitCodes = {
  /** It was asked to, and finished what it had begun. */
  stopped: 0,
  /** It cannot start; what it printed says why. */
  cannotStart: 1,
  /** It had to give up what it had: start it again. */
  startAgain: 75,
} as const;

export interface ServiceProgram<Table extends Readonly<Record<string, Setting>>, Files> {
  readonly service: Service;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly table: Table;
  /** Reads its files first of all: what is wrong with them must not wait for a store. */
  readonly read: (settings: SettingsOf<Table>) => Files;
  /** Names of the sources whose topics it takes. */
  readonly sourceNames?: (files: Files) => readonly string[];
  /** Starts the service in its world; what it asks of store and bus meanwhile waits for them. */
  readonly start: (
    world: World,
    settings: SettingsOf<Table>,
    files: Files,
  ) => Promise<RunningService>;
}

/** These say what to do, as do the system's own; anything else is a defect and shows its stack. */
const namedErrors: ReadonlySet<string> = new Set([
  'CannotListen',
  'ConfigurationError',
  'DeploymentKeysIncomplete',
  'FileUnusable',
  'SubjectKeysMismatch',
]);

/** Longest that ending in order may take; then the process ends as if it were killed. */
const endsWithinMs = 25_000;

/**
 * Runs a service as a process of its own, and ends the process: `stopped` after SIGTERM or Ctrl-C, or
 * when whoever started it with a channel to itself is gone.
 */
export const runService = async <Table extends Readonly<Record<string, Setting>>, Files>(
  program: ServiceProgram<Table, Files>,
): Promise<never> => {
  // Whoever reads what it prints may be gone first.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  process.exit(await outcomeOf(program).catch(complain));
};

const complain = (error: unknown): number => {
  const saysWhat = error instanceof Error && (namedErrors.has(error.name) || 'syscall' in error);
  console.error(saysWhat ? error.message : error);
  return serviceExitCodes.cannotStart;
};

const outcomeOf = async <Table extends Readonly<Record<string, Setting>>, Files>({
  service,
  env,
  table,
  read,
  start,
  sourceNames = () => [],
}: ServiceProgram<Table, Files>): Promise<number> => {
  const settings = settingsFrom(env, table);
  const files = read(settings);
  const rights = rightsFor(sourceNames(files))[service];
  const stopping = stopRequest();
  const patience = { over: false, stopped: stopping.signal };
  const every = settings as unknown as EveryServiceSettings;
  const opened = await openWorld(service, rights, every, patience);
  const { world, subjectKeys, lost } = opened;
  const starting = (async () => {
    await mustOpenWhatIsStored(world.store, subjectKeys, rights);
    const running = await start(world, settings, files);
    patience.over = true;
    tell(every, opened, `${service} is up at ${running.url}`);
    return running;
  })();
  const gaveUp = lost.then((reason) => ({ reason }));
  const stopped = stopping.requested.then(() => undefined);
  // What starts may fail because it is stopped; that is no news then.
  const first = await Promise.race([starting.then(() => undefined), stopped, gaveUp]);
  const end = first ?? (await Promise.race([stopped, gaveUp]));
  starting.catch(() => undefined);
  const running = patience.over ? await starting : undefined;
  if (end) console.error(`${service} lost the bus for good (${end.reason}) and must start again`);
  const code = end ? serviceExitCodes.startAgain : serviceExitCodes.stopped;
  return Promise.race([endInOrder(running, opened).then(() => code), tooLate(service)]);
};

interface StopRequest {
  readonly requested: Promise<void>;
  readonly signal: AbortSignal;
}

/** A second request does not wait. */
const stopRequest = (): StopRequest => {
  const controller = new AbortController();
  const requested = new Promise<void>((resolve) => {
    const stop = () => {
      if (controller.signal.aborted) process.exit(serviceExitCodes.startAgain);
      controller.abort();
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    if (process.connected) process.once('disconnect', stop);
  });
  return { requested, signal: controller.signal };
};

/** The one line that says it works: into the log, where the log goes to standard output. */
const tell = ({ logFolder }: EveryServiceSettings, { world }: OpenedWorld, line: string): void => {
  world.log.info(line);
  if (logFolder !== undefined) console.log(line);
};

/** Closes doors, drains, closes bus, closes store. What cannot be closed keeps nothing else open. */
const endInOrder = async (
  running: RunningService | undefined,
  { world, close }: OpenedWorld,
): Promise<void> => {
  const steps = running ? [running.closeDoors, running.drain, close] : [world.door!.close, close];
  for (const step of steps) {
    await step().catch((error: unknown) =>
      world.log.warn('not closed in order', { cause: String(error) }),
    );
  }
};

const tooLate = (service: Service): Promise<number> =>
  new Promise((resolve) => {
    setTimeout(() => {
      console.error(
        `${service} did not end within ${endsWithinMs / 1_000} s: what was under way will be done again`,
      );
      resolve(serviceExitCodes.startAgain);
    }, endsWithinMs).unref();
  });
