import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ANY,
  CancelledError,
  DeadlineExceededError,
  jsonEvent,
  NO_STREAM,
  NotLeaderError,
  UnavailableError,
  type StreamSubscription,
} from '@eventstore/db-client';
import { hostedStore, newStream, setFaults, type TestEvent } from './server-harness.js';

const store = hostedStore();
afterEach(() => setFaults(store.server, { reset: true }));

// By credentials the Node client chooses the unary call.
const unary = { credentials: { username: 'admin', password: 'changeit' } };
const event = (id = randomUUID()) => jsonEvent<TestEvent>({ id, type: 'Written', data: {} });
const count = async (stream: string): Promise<number> => {
  let found = 0;
  for await (const _ of store.client.readStream(stream)) found += 1;
  return found;
};
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );

describe.each([
  ['batch', {}],
  ['unary', unary],
])('an append (%s)', (_kind, how) => {
  it('is refused as often as asked, and nothing is written', async () => {
    const stream = newStream();
    await setFaults(store.server, { unavailable: 1 });
    const append = () => store.client.appendToStream(stream, event(), how);
    expect(await failure(append())).toBeInstanceOf(UnavailableError);
    await append();
    expect(await count(stream)).toBe(1);
  });

  it('whose acknowledgement is lost is written; sent again identically, it is there once', async () => {
    const stream = newStream();
    const same = event();
    const append = () =>
      store.client.appendToStream(stream, same, { expectedRevision: NO_STREAM, ...how });
    await setFaults(store.server, { acknowledgementsLost: 1 });
    expect(await failure(append())).toBeInstanceOf(UnavailableError);
    expect(await append()).toMatchObject({ nextExpectedRevision: 0n });
    expect(await count(stream)).toBe(1);
  });

  it('is told of another leader, at an address that answers', async () => {
    await setFaults(store.server, { notLeader: 1 });
    const error = await failure(store.client.appendToStream(newStream(), event(), how));
    expect(error).toBeInstanceOf(NotLeaderError);
    expect((error as NotLeaderError).leader).toEqual({
      address: '127.0.0.1',
      port: Number(new URL(store.server.url).port),
    });
    await store.client.appendToStream(newStream(), event(), how);
  });
});

it('holds an append back past its deadline, and writes it all the same', async () => {
  const stream = newStream();
  await setFaults(store.server, { delayed: 1, delayMs: 300 });
  const error = await failure(
    store.client.appendToStream(stream, event(), { ...unary, deadline: 100 }),
  );
  expect(error).toBeInstanceOf(DeadlineExceededError);
  await setFaults(store.server, { acknowledgementsWithheld: 1 });
  expect(
    await failure(store.client.appendToStream(newStream(), event(), { ...unary, deadline: 100 })),
  ).toBeInstanceOf(DeadlineExceededError);
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(await count(stream)).toBe(1);
});

it('stalls until it is released', async () => {
  const stream = newStream();
  await setFaults(store.server, { stalled: true });
  const error = await failure(
    store.client.appendToStream(stream, event(), { ...unary, deadline: 100 }),
  );
  expect(error).toBeInstanceOf(DeadlineExceededError);
  const waiting = store.client.appendToStream(newStream(), event());
  await setFaults(store.server, { stalled: false });
  await waiting;
});

it('forgets ids on request, so that repeats under ANY are written twice', async () => {
  const stream = newStream();
  const same = event();
  await setFaults(store.server, { anyCache: false });
  await store.client.appendToStream(stream, same, { expectedRevision: ANY });
  await store.client.appendToStream(stream, same, { expectedRevision: ANY });
  expect(await count(stream)).toBe(2);
});

describe('a subscription', () => {
  const follow = async (stream: string): Promise<StreamSubscription<TestEvent>> => {
    const subscription = store.client.subscribeToStream<TestEvent>(stream);
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    return subscription;
  };

  it('is dropped', async () => {
    const subscription = await follow(newStream());
    const dropped = new Promise((resolve) => subscription.once('error', resolve));
    expect(await setFaults(store.server, { dropSubscriptions: true })).toMatchObject({
      dropped: 1,
    });
    expect(await dropped).toBeInstanceOf(UnavailableError);
  });

  it('gets an event twice', async () => {
    const stream = newStream();
    const subscription = await follow(stream);
    await setFaults(store.server, { deliveredTwice: 1 });
    const ids: string[] = [];
    const three = new Promise<void>((resolve) =>
      subscription.on('data', ({ event }) => {
        ids.push(event!.id);
        if (ids.length === 3) resolve();
      }),
    );
    const [first, second] = [event(), event()];
    await store.client.appendToStream(stream, [first, second]);
    await three;
    expect(ids).toEqual([first.id, first.id, second.id]);
    await subscription.unsubscribe();
  });
});

it('restarts at the same address with everything that it acknowledged', async () => {
  const stream = newStream();
  await store.client.appendToStream(stream, event());
  const subscription = store.client.subscribeToStream<TestEvent>(stream);
  await new Promise((resolve) => subscription.once('caughtUp', resolve));
  subscription.on('data', () => {});
  const ended = new Promise((resolve) => subscription.once('error', resolve));
  await setFaults(store.server, { restartAfterMs: 0 });
  const error = await ended;
  expect(error instanceof CancelledError || error instanceof UnavailableError).toBe(true);
  expect(await count(stream)).toBe(1);
  await store.client.appendToStream(stream, event(), { expectedRevision: 0n });
});

it('says what it does not understand, and shows what is set', async () => {
  await expect(setFaults(store.server, { unavailabel: 1 })).rejects.toThrow('there is no fault');
  await expect(setFaults(store.server, { unavailable: -1 })).rejects.toThrow('whole number');
  await setFaults(store.server, { unavailable: 3 });
  const shown = await (await fetch(`${store.server.controlUrl}/faults`)).json();
  expect(shown).toMatchObject({ unavailable: 3, stalled: false, anyCache: true });
  const form = await fetch(`${store.server.controlUrl}/faults`, { method: 'POST', body: '{}' });
  expect(form.status).toBe(400);
});
