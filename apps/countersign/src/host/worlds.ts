import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rightsFor, services, type Service } from '@countersign/contracts';
import {
  bindStore,
  embeddedStore,
  eventStoreWriter,
  type EventStore,
} from '@countersign/event-store';
import type { Failpoints } from '@countersign/failpoints';
import { openFile } from '@countersign/group-commit';
import type { World } from '@countersign/hosting';
import type { TokenVerifier } from '@countersign/http';
import { boundBus, busWriter, embeddedBus, type Bus } from '@countersign/messaging';
import { fileLog } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import {
  createDeploymentKeys,
  readSigner,
  readTrustedKeys,
  sealer,
  sqliteSubjectKeys,
  type Signer,
  type TrustedKeys,
} from '@countersign/trust';
import type { DataFolder } from './data-folder.js';

/** The embedded world: everything outside the services, on one machine and in one file. */
export interface Worlds {
  /** What one service may touch, bound to its rights. */
  of(service: Service): World;
  signer(service: Service): Signer;
  readonly trustedKeys: TrustedKeys;
  /** Unbound; for the host's own checks and the demo. */
  readonly store: EventStore;
  readonly bus: Bus;
  /** Closes bus, then store, then keys, then logs. */
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly folder: DataFolder;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  readonly tokens: TokenVerifier;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Names of the configured sources: intake may take what they publish. */
  readonly sourceNames: readonly string[];
}

/** Sources, as tests run them, cannot be loaded by a thread. */
const thread = import.meta.url.endsWith('.js');

/** @throws FileUnusable, SubjectKeysMismatch, DeploymentKeysIncomplete: each says what to do */
export const openWorlds = async (options: WorldOptions): Promise<Worlds> => {
  const { folder, clock } = options;
  const storeIsNew = !existsSync(folder.storeFile);
  await createDeploymentKeys(folder.path, services, clock.now());
  const subjectKeys = await sqliteSubjectKeys(folder.subjectKeysFile, folder.storeId, {
    storeIsEmpty: storeIsNew,
    thread,
  });
  const file = openFile({
    path: folder.storeFile,
    modules: [eventStoreWriter, busWriter],
    synchronous: 'FULL',
    thread,
  });
  const logs = services.map((service) =>
    fileLog({ folder: folder.logsFolder, service, clock, level: options.logLevel }),
  );
  const logOf = (service: Service) => logs[services.indexOf(service)]!;
  const store = embeddedStore(file, { log: logOf('orchestrator') });
  const bus = embeddedBus(file, { log: logOf('orchestrator') });
  const sealing = sealer(subjectKeys);
  const rights = rightsFor(options.sourceNames);
  return {
    store,
    bus,
    trustedKeys: readTrustedKeys(folder.path),
    signer: (service) => readSigner(folder.path, service),
    of: (service) => ({
      store: bindStore(store, service, rights[service]),
      bus: boundBus(bus, rights[service]),
      sealer: sealing,
      clock,
      chance: { hex: (bytes) => randomBytes(bytes).toString('hex') },
      log: logOf(service),
      failpoints: options.failpoints,
      tokens: options.tokens,
      viewsFolder: folder.viewsFolder,
    }),
    close: async () => {
      await bus.close();
      await store.close();
      await file.close();
      await subjectKeys.close();
      await Promise.all(logs.map((log) => log.close()));
    },
  };
};
