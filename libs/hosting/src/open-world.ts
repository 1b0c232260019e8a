import { mkdirSync, writeSync } from 'node:fs';
import type { SettingsOf } from '@countersign/configuration';
import type { Rights, Service } from '@countersign/contracts';
import { bindStore } from '@countersign/event-store';
import { failpointsFrom } from '@countersign/failpoints';
import { tokenVerifier, type TokenVerifier } from '@countersign/http';
import { boundBus } from '@countersign/messaging';
import { fileLog, linesTo, type FileLog } from '@countersign/telemetry';
import { systemClock, type Clock } from '@countersign/time';
import { randomInBlocks, sealer, sharedSubjectKeys, type SubjectKeys } from '@countersign/trust';
import { openBackbone } from './backbone.js';
import { openDoor } from './door.js';
import { patientBus, patientStore, type Patience } from './patience.js';
import type { serviceSettings } from './service-settings.js';
import type { World } from './world.js';

export type EveryServiceSettings = SettingsOf<ReturnType<typeof serviceSettings>> & {
  readonly viewsFolder?: string;
};

/** The world of one service in a process of its own: over Kafka and an event store. */
export interface OpenedWorld {
  readonly world: World;
  readonly subjectKeys: SubjectKeys;
  /** Resolves with the reason when the bus will not come back; only a new process helps. */
  readonly lost: Promise<string>;
  /** After the service: closes bus, then store, then keys, then the log. */
  close(): Promise<void>;
}

/**
 * Opens the door at once, and store and bus without waiting for them: until patience is over,
 * whatever needs one of them waits until it is there.
 * @throws CannotListen, SubjectKeysMismatch, FileUnusable: each says what to do
 */
export const openWorld = async (
  service: Service,
  own: Rights,
  settings: EveryServiceSettings,
  patience: Pick<Patience, 'over' | 'stopped'>,
): Promise<OpenedWorld> => {
  const clock = systemClock();
  const random = randomInBlocks();
  makeFolder(settings.viewsFolder);
  const keys = await sharedSubjectKeys(settings.subjectKeys);
  const log = logOf(service, settings, clock);
  const backbone = openBackbone(settings, settings.instance, log);
  const door = await openDoor({
    service,
    host: settings.host,
    port: settings.port,
    portSetting: `${service.toUpperCase()}_PORT`,
    waitsFor: backbone.reaches,
  });
  const waiting = {
    get over() {
      return patience.over;
    },
    stopped: patience.stopped,
    log,
  };
  return {
    subjectKeys: keys,
    lost: backbone.lost,
    world: {
      store: patientStore(bindStore(backbone.store, service, own), waiting),
      bus: patientBus(boundBus(backbone.bus, own), waiting),
      sealer: sealer(keys),
      clock,
      chance: { hex: (bytes) => random(bytes).toString('hex') },
      log,
      failpoints: failpointsFrom(settings.failpoints, (point) => {
        writeSync(process.stderr.fd, `failpoint ${point}\n`);
      }),
      tokens: tokensOf(settings, clock),
      viewsFolder: settings.viewsFolder ?? '',
      replica: settings.instance,
      door,
      reaches: backbone.reaches,
    },
    close: async () => {
      await backbone.bus.close();
      await backbone.store.close();
      await keys.close();
      await log.close();
    },
  };
};

/** What is wrong with it, if it cannot be made, is said by whoever opens a file in it. */
const makeFolder = (path: string | undefined): void => {
  try {
    if (path !== undefined) mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
};

const tokensOf = (
  { tokenIssuer, tokenAudience, tokenKeysUrl }: EveryServiceSettings,
  clock: Clock,
): TokenVerifier =>
  tokenVerifier({
    issuer: tokenIssuer,
    audience: tokenAudience,
    keys: tokenKeysUrl ?? `${tokenIssuer}/jwks`,
    clock,
  });

/** Into a file where one is asked for, else as lines of this process. */
const logOf = (
  service: Service,
  { logFolder, logLevel: level, instance: name }: EveryServiceSettings,
  clock: Clock,
): FileLog => {
  const lines = { service, clock, level };
  if (logFolder !== undefined) return fileLog({ ...lines, folder: logFolder, name });
  return { ...linesTo(process.stdout, lines), close: () => Promise.resolve() };
};
