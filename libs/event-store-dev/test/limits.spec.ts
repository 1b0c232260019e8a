import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  AccessDeniedError,
  EventStoreDBClient,
  jsonEvent,
  type StreamSubscription,
} from '@eventstore/db-client';
import { hostedStore, type TestEvent } from './server-harness.js';

const store = hostedStore();

const event = () => jsonEvent<TestEvent>({ type: 'Written', data: {} });
const caughtUp = (subscription: StreamSubscription) =>
  new Promise((resolve) => subscription.once('caughtUp', resolve));

describe('one connection', () => {
  it('carries 100 calls at once; the next waits in silence until one ends', async () => {
    const open = Array.from({ length: 100 }, () => store.client.subscribeToStream('limits-none'));
    for (const subscription of open) subscription.on('data', () => {});
    await Promise.all(open.map(caughtUp));

    const stream = `limits-${randomUUID()}`;
    let answered = false;
    const append = store.client
      .appendToStream(stream, event(), { credentials: { username: 'a', password: 'b' } })
      .finally(() => (answered = true));
    // Clients of one process share a connection, unless their options differ.
    const elsewhere = store.connect('&keepAliveInterval=10001');
    await elsewhere.appendToStream(`limits-${randomUUID()}`, event());
    expect(answered).toBe(false);
    const dropped = open.map((one) => new Promise((resolve) => one.once('error', resolve)));
    await elsewhere.tombstoneStream('limits-none');
    await Promise.all(dropped);
    expect(await append).toMatchObject({ nextExpectedRevision: 0n });
  });
});

it('has no metadata of metadata', async () => {
  await expect(store.connect().appendToStream('$$$$case-1', event())).rejects.toBeInstanceOf(
    AccessDeniedError,
  );
});

it('is found as the leader of a cluster of one', async () => {
  const { host } = new URL(store.server.url);
  const client = EventStoreDBClient.connectionString(
    `esdb+discover://${host}?tls=false&nodePreference=leader`,
  );
  expect(await client.appendToStream(`case-${randomUUID()}`, event())).toMatchObject({
    success: true,
  });
  await client.dispose();
});
