import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEventStoreDev } from '@countersign/event-store-dev';
import type { Harness } from '../src/conformance/harness.js';
import { eventStoreDb, type EventStoreDbOptions } from '../src/eventstoredb/event-store-db.js';
import type { EventStore } from '../src/port.js';

const serverIn = async (folder: string, port: number) => {
  const file = join(folder, 'events.db');
  return { file, ...(await startEventStoreDev({ file, port, controlPort: 0 })) };
};

/** What a test asks of the server to go wrong; by its names. */
export type Faults = Readonly<Record<string, number | boolean>>;

/** A development server in process and the adapter before it, in folders of their own. */
export const devHarness = (
  parent: string,
  twin: (store: EventStore) => EventStore = (store) => store,
) => {
  let folders = 0;
  const nextFolder = () => {
    const folder = join(parent, String((folders += 1)));
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  return async (more: Pick<Harness, 'patienceMs'> & Partial<EventStoreDbOptions> = {}) => {
    let server = await serverIn(nextFolder(), 0);
    const adapter = eventStoreDb({ url: server.connectionString, ...more });
    const store = twin(adapter);
    return {
      ...more,
      store,
      adapter,
      get server() {
        return server;
      },
      restart: async () => {
        // What lies in the files at this instant is all that a killed process leaves behind.
        const folder = nextFolder();
        for (const suffix of ['', '-wal']) {
          const from = server.file + suffix;
          if (existsSync(from)) copyFileSync(from, join(folder, `events.db${suffix}`));
        }
        const port = Number(new URL(server.url).port);
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
