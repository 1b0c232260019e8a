import { writeSync } from 'node:fs';
import { rightsFor, type Service } from '@countersign/contracts';
import { bindStore, embeddedStore, type EventStore } from '@countersign/event-store';
import { failpointsFrom } from '@countersign/failpoints';
import type { World } from '@countersign/hosting';
import { tokenVerifier } from '@countersign/http';
import { boundBus, embeddedBus, type Bus } from '@countersign/messaging';
import { fileLog } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import {
  randomInBlocks,
  readSigner,
  readTrustedKeys,
  sealer,
  type Signer,
  type TrustedKeys,
} from '@countersign/trust';
import type { Settings } from '../settings.js';
import type { DataPlaces } from './data-folder.js';
import type { Engine } from './engine.js';

/** The embedded world: everything outside the services, on one machine and in one file. */
export interface Worlds {
  /** What one service may touch, bound to its rights. */
  of(service: Service): World;
  signer(service: Service): Signer;
  readonly trustedKeys: TrustedKeys;
  /** Unbound; for the host's own checks and the demo. */
  readonly store: EventStore;
  readonly bus: Bus;
  /** Closes bus, then store, then logs; the engine stays open. */
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly settings: Settings;
  readonly places: DataPlaces;
  readonly clock: Clock;
  readonly issuerUrl: string;
  /** Names of the configured sources: intake may take what they publish. */
  readonly sourceNames: readonly string[];
  /** Those that run in this thread; the first one's log is told of the engine's trouble. */
  readonly services: readonly [Service, ...Service[]];
}

/** Its number: the stream of that name belongs to the first thread. */
const standardError = 2;

export const tokenAudience = 'countersign';

export const worldsOn = (engine: Engine, options: WorldOptions): Worlds => {
  const { settings, places, clock, issuerUrl, services } = options;
  const logs = services.map((service) =>
    fileLog({ folder: places.logsFolder, service, clock, level: settings.logLevel }),
  );
  const rights = rightsFor(options.sourceNames);
  const writtenHere = services.flatMap((service) => rights[service].append);
  const store = embeddedStore(engine.file, { log: logs[0]!, writtenHere });
  const bus = embeddedBus(engine.file, { log: logs[0]! });
  const random = randomInBlocks();
  const everywhere = {
    sealer: sealer(engine.subjectKeys),
    clock,
    chance: { hex: (bytes: number) => random(bytes).toString('hex') },
    failpoints: failpointsFrom(settings.failpoints, (point) => {
      writeSync(standardError, `failpoint ${point}\n`);
    }),
    tokens: tokenVerifier({
      issuer: issuerUrl,
      audience: tokenAudience,
      keys: `${issuerUrl}/jwks`,
      clock,
    }),
    viewsFolder: places.viewsFolder,
  };
  return {
    store,
    bus,
    trustedKeys: readTrustedKeys(places.path),
    signer: (service) => readSigner(places.path, service),
    of: (service) => ({
      ...everywhere,
      store: bindStore(store, service, rights[service]),
      bus: boundBus(bus, rights[service]),
      log: logs[services.indexOf(service)]!,
    }),
    close: async () => {
      await bus.close();
      await store.close();
      await Promise.all(logs.map((log) => log.close()));
    },
  };
};
