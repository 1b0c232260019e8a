import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rights } from '@countersign/contracts';
import { bindStore, embeddedStore, eventStoreWriter } from '@countersign/event-store';
import { noFailpoints } from '@countersign/failpoints';
import { openFile } from '@countersign/group-commit';
import { tokenVerifier } from '@countersign/http';
import { boundBus, busWriter, embeddedBus } from '@countersign/messaging';
import { silentLog } from '@countersign/telemetry';
import { settableClock } from '@countersign/time';
import { sealer, sqliteSubjectKeys } from '@countersign/trust';
import type { World } from '../src/index.js';

/** What intake is given: real store, bus and keys in a folder of their own. */
export const openHostedWorld = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hosting-'));
  const file = openFile({
    path: join(folder, 'store.sqlite'),
    modules: [eventStoreWriter, busWriter],
    synchronous: 'OFF',
  });
  const store = embeddedStore(file);
  const bus = embeddedBus(file);
  const keys = await sqliteSubjectKeys(join(folder, 'keys.sqlite'), 'h', { storeIsEmpty: true });
  const clock = settableClock();
  const world: World = {
    store: bindStore(store, 'intake', rights.intake),
    bus: boundBus(bus, rights.intake),
    sealer: sealer(keys),
    clock,
    chance: { hex: (bytes) => '0'.repeat(2 * bytes) },
    log: silentLog,
    failpoints: noFailpoints,
    tokens: tokenVerifier({ issuer: 'i', audience: 'a', keys: { keys: [] }, clock }),
    viewsFolder: folder,
  };
  return {
    world,
    /** Unbound: what other services would send. */
    bus,
    keys,
    close: async () => {
      await bus.close();
      await store.close();
      await file.close();
      await keys.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
