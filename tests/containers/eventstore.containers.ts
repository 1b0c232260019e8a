import { afterAll, beforeAll } from '@jest/globals';
import { eventStoreDb, storeConformance, type EventStoreDb } from '@countersign/event-store';
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';
import { asComposed } from './as-composed.js';

const port = 2113;
let server: StartedTestContainer;

beforeAll(async () => {
  const { image, environment } = asComposed('eventstore');
  server = await new GenericContainer(image)
    .withEnvironment(environment)
    .withExposedPorts(port)
    .withWaitStrategy(
      Wait.forHttp('/health/live', port).forStatusCodeMatching((code) => code < 300),
    )
    .start();
});
afterAll(async () => {
  await server?.stop();
});

const openStore = (): EventStoreDb =>
  eventStoreDb({ url: `esdb://${server.getHost()}:${server.getMappedPort(port)}?tls=false` });

storeConformance('EventStoreDB in a container', async () => {
  let store = openStore();
  return {
    patienceMs: 30_000,
    get store() {
      return store;
    },
    restart: async () => {
      const killed = store;
      // The published port may be another one afterwards, hence another adapter.
      await server.restart({ timeout: 0 });
      store = openStore();
      await killed.close();
      return store;
    },
    close: () => store.close(),
  };
});
