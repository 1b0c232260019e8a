import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccessDeniedError,
  EventStoreDBClient,
  jsonEvent,
  type StreamSubscription,
} from '@eventstore/db-client';
import type { EventStoreDev } from '../src/index.js';
import { clients, scratchFolder, startServer, type TestEvent } from './server-harness.js';

const folder = scratchFolder();
let server: EventStoreDev;
const { connect, close } = clients();
beforeAll(async () => {
  server = await startServer(folder);
});
afterAll(async () => {
  await close();
  await server.close();
});

const event = () => jsonEvent<TestEvent>({ type: 'Written', data: {} });
const caughtUp = (subscription: StreamSubscription) =>
  new Promise((resolve) => subscription.once('caughtUp', resolve));

describe('one connection', () => {
  it('carries 100 calls at once; the next waits in silence until one ends', async () => {
    const client = connect(server);
    const open = Array.from({ length: 100 }, () => client.subscribeToStream('limits-none'));
    for (const subscription of open) subscription.on('data', () => {});
    await Promise.all(open.map(caughtUp));

    const stream = `limits-${randomUUID()}`;
    let answered = false;
    const append = client
      .appendToStream(stream, event(), { credentials: { username: 'a', password: 'b' } })
      .finally(() => (answered = true));
    // Clients of one process share a connection, unless their options differ.
    const elsewhere = connect(server, '&keepAliveInterval=10001');
    await elsewhere.appendToStream(`limits-${randomUUID()}`, event());
    expect(answered).toBe(false);
    const dropped = open.map((one) => new Promise((resolve) => one.once('error', resolve)));
    await elsewhere.tombstoneStream('limits-none');
    await Promise.all(dropped);
    expect(await append).toMatchObject({ nextExpectedRevision: 0n });
  });
});

it('has no metadata of metadata', async () => {
  await expect(connect(server).appendToStream('$$$$case-1', event())).rejects.toBeInstanceOf(
    AccessDeniedError,
  );
});

it('is found as the leader of a cluster of one', async () => {
  const { host } = new URL(server.url);
  const client = EventStoreDBClient.connectionString(
    `esdb+discover://${host}?tls=false&nodePreference=leader`,
  );
  expect(await client.appendToStream(`case-${randomUUID()}`, event())).toMatchObject({
    success: true,
  });
  await client.dispose();
});
