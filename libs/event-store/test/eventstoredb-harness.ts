import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEventStoreDev } from '@countersign/event-store-dev';
import { freePort } from '@countersign/ports';
import type { Harness } from '../src/conformance/harness.js';
import {
  eventStoreDb,
  type EventStoreDb,
  type EventStoreDbOptions,
} from '../src/eventstoredb/event-store-db.js';
import type { EventStore } from '../src/port.js';

const serverIn = async (folder: string, port: number) => {
  const file = join(folder, 'events.db');
  return { file, ...(await startEventStoreDev({ file, port, controlPort: 0 })) };
};

/** Changes what goes wrong at a development server; its own names. */
export const setFaults = async (
  controlUrl: string,
  faults: Readonly<Record<string, number | boolean>>,
): Promise<Readonly<Record<string, unknown>>> => {
  const response = await fetch(`${controlUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(faults),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Record<string, unknown>;
};

type Twin = (adapter: EventStoreDb) => EventStore;

/**
 * Opens development servers in process, in new folders under `parent`, and the adapter before each;
 * `twin` may change what the checks see of it.
 */
export const devHarness = (parent: string, twin: Twin = (adapter) => adapter) => {
  let folders = 0;
  const nextFolder = () => {
    const folder = join(parent, String((folders += 1)));
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  return async (more: Pick<Harness, 'patienceMs'> & Partial<EventStoreDbOptions> = {}) => {
    const port = await freePort();
    let server = await serverIn(nextFolder(), port);
    const adapter = eventStoreDb({ url: server.connectionString, ...more });
    const store = twin(adapter);
    return {
      ...more,
      store,
      adapter,
      url: server.connectionString,
      faults: (faults: Readonly<Record<string, number | boolean>>) =>
        setFaults(server.controlUrl, faults),
      restart: async () => {
        // What lies in the files at this instant is all that a killed process leaves behind.
        const folder = nextFolder();
        for (const suffix of ['', '-wal']) {
          const from = server.file + suffix;
          if (existsSync(from)) copyFileSync(from, join(folder, `events.db${suffix}`));
        }
        await server.close();
        server = await serverIn(folder, port);
        return store;
      },
      close: async () => {
        await store.close();
        await server.close();
      },
    };
  };
};

export type DevHarness = Awaited<ReturnType<ReturnType<typeof devHarness>>>;
