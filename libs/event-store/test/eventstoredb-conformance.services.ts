import { afterAll } from '@jest/globals';
import type { Harness } from '../src/conformance/harness.js';
import { settingsOfTests } from '../../../tests/settings.js';
import { storeConformance } from '../src/conformance/suite.js';
import { eventStoreDb } from '../src/eventstoredb/event-store-db.js';
import { storeProcess } from './eventstoredb-process.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
let starting: ReturnType<typeof storeProcess> | undefined;
afterAll(async () => (await starting)?.kill());

storeConformance('the adapter before a process that is killed', async (): Promise<Harness> => {
  const server = await (starting ??= storeProcess(folder));
  const store = eventStoreDb({ url: server.url });
  return {
    store,
    restart: async () => {
      await server.kill();
      await server.comeBack();
      return store;
    },
    close: store.close,
  };
});

/** Any server: nobody may kill it, so it is the client that dies and comes back. */
const { eventStoreUrl: url } = settingsOfTests();
if (url) {
  storeConformance('the adapter before EVENTSTORE_URL', async (): Promise<Harness> => {
    let store = eventStoreDb({ url });
    return {
      get store() {
        return store;
      },
      restart: async () => {
        const before = store;
        store = eventStoreDb({ url });
        await before.close();
        return store;
      },
      close: () => store.close(),
    };
  });
}
