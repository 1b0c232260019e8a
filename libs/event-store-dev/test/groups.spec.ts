import { describe, expect, it } from '@jest/globals';
import {
  jsonEvent,
  PARK,
  PersistentSubscriptionDoesNotExistError,
  PersistentSubscriptionExistsError,
  PersistentSubscriptionMaximumSubscribersReachedError,
  persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults,
  RETRY,
  SKIP,
  START,
  streamNameFilter,
  type PersistentSubscriptionToStream,
  type PersistentSubscriptionToStreamSettings,
} from '@eventstore/db-client';
import { hostedStore, newStream, setFaults, type TestEvent } from './server-harness.js';

const store = hostedStore();

const append = (stream: string, count: number) =>
  store.client.appendToStream(
    stream,
    Array.from({ length: count }, (_, n) => jsonEvent<TestEvent>({ type: 'Written', data: { n } })),
  );
type Settings = Partial<PersistentSubscriptionToStreamSettings>;
const create = (stream: string, settings: Settings = {}) =>
  store.client.createPersistentSubscriptionToStream(
    stream,
    'workers',
    persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START, ...settings }),
  );

type Joined = PersistentSubscriptionToStream<TestEvent>;
const join = (stream: string, bufferSize = 10): Joined =>
  store.client.subscribeToPersistentSubscriptionToStream(stream, 'workers', { bufferSize });
type Arrived = Parameters<Joined['ack']>[0] & { retryCount: number };
/** Handles events until `count` of them have come, and gives what came. */
const handle = (
  subscription: Joined,
  count: number,
  how: (event: Arrived) => Promise<void> = (event) => subscription.ack(event),
): Promise<{ revision: number; retries: number }[]> =>
  new Promise((resolve, reject) => {
    const came: { revision: number; retries: number }[] = [];
    subscription.on('error', reject);
    subscription.on('data', (event) => {
      const arrived = event as Arrived;
      came.push({ revision: Number(arrived.event!.revision), retries: arrived.retryCount });
      how(arrived).then(() => {
        if (came.length === count) resolve(came);
      }, reject);
    });
  });
const info = (stream: string) =>
  store.client.getPersistentSubscriptionToStreamInfo(stream, 'workers');
const patienceMs = 15_000;
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > patienceMs) throw new Error('it did not come to hold');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

describe('a group on a stream', () => {
  it('gets what is stored and what comes, each event once when it is acknowledged', async () => {
    const stream = newStream();
    await append(stream, 3);
    await create(stream);
    const subscription = join(stream);
    const handled = handle(subscription, 5);
    await append(stream, 2);
    expect((await handled).map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4]);
    await subscription.unsubscribe();
  });

  it('shares its events among its consumers, and gives back what one left unfinished', async () => {
    const stream = newStream();
    await create(stream);
    const [one, other] = [join(stream, 2), join(stream, 2)];
    const kept: number[] = [];
    one.on('data', ({ event }) => kept.push(Number(event!.revision)));
    const rest: number[] = [];
    other.on('data', (event) => {
      rest.push(Number(event.event!.revision));
      void other.ack(event);
    });
    await until(async () => (await info(stream)).connections.length === 2);
    await append(stream, 8);
    await until(async () => kept.length === 2 && rest.length === 6);
    await one.unsubscribe();
    await until(async () => rest.length === 8);
    expect([...rest].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await other.unsubscribe();
  });

  it('tries again what is refused or not answered, then parks it; parked events are replayed', async () => {
    const stream = newStream();
    await append(stream, 3);
    await create(stream, { maxRetryCount: 1, messageTimeout: 100 });
    const subscription = join(stream);
    const came: string[] = [];
    subscription.on('data', (event) => {
      const arrived = event as unknown as Arrived;
      const { revision } = arrived.event!;
      came.push(`${revision}/${arrived.retryCount}`);
      if (arrived.link) void subscription.ack(event);
      else if (revision === 0n) void subscription.nack(RETRY, 'again', event);
      else if (revision === 1n) void subscription.nack(PARK, 'never', event);
      // The third is not answered at all.
    });
    await until(async () => (await info(stream)).stats.parkedMessageCount === 3n);
    expect([...came].sort()).toEqual(['0/0', '0/1', '1/0', '2/0', '2/1']);
    came.length = 0;
    await store.client.replayParkedMessagesToStream(stream, 'workers');
    await until(async () => came.length === 3);
    expect([...came].sort()).toEqual(['0/0', '1/0', '2/0']);
    expect((await info(stream)).stats.parkedMessageCount).toBe(0n);
    await subscription.unsubscribe();
  });

  it('goes on after a restart from what was settled', async () => {
    const stream = newStream();
    await append(stream, 5);
    await create(stream, { checkPointLowerBound: 1, checkPointUpperBound: 1 });
    const first = join(stream, 1);
    await handle(first, 3, async (event) => {
      const { revision } = event.event!;
      if (revision === 1n) await first.nack(SKIP, 'no', event);
      // The fourth is never answered.
      else if (revision < 3n) await first.ack(event);
    });
    await until(async () => (await info(stream)).stats.lastCheckpointedEventRevision === 2n);
    first.on('error', () => {});
    await setFaults(store.server, { restartAfterMs: 0 });
    const second = join(stream, 1);
    expect((await handle(second, 2)).map(({ revision }) => revision)).toEqual([3, 4]);
    await second.unsubscribe();
  });

  it('has a limit of consumers', async () => {
    const stream = newStream();
    await create(stream, { maxSubscriberCount: 1 });
    const first = join(stream);
    first.on('data', () => {});
    await new Promise((resolve) => first.once('confirmation', resolve));
    await expect(handle(join(stream), 1)).rejects.toBeInstanceOf(
      PersistentSubscriptionMaximumSubscribersReachedError,
    );
    await first.unsubscribe();
  });

  it('is made once, changed, listed, and is gone when it is deleted', async () => {
    const stream = newStream();
    await create(stream, { startFrom: 4n, maxRetryCount: 3, consumerStrategyName: 'Pinned' });
    await expect(create(stream)).rejects.toBeInstanceOf(PersistentSubscriptionExistsError);
    expect(await info(stream)).toMatchObject({
      eventSource: stream,
      groupName: 'workers',
      settings: { startFrom: 4n, maxRetryCount: 3, consumerStrategyName: 'Pinned' },
    });
    const dropped = join(stream);
    dropped.on('data', () => {});
    const told = new Promise((resolve) => dropped.once('error', resolve));
    await new Promise((resolve) => dropped.once('confirmation', resolve));
    const changed = persistentSubscriptionToStreamSettingsFromDefaults({ maxRetryCount: 7 });
    await store.client.updatePersistentSubscriptionToStream(stream, 'workers', changed);
    expect(await told).toMatchObject({ type: 'persistent-subscription-dropped' });
    expect((await info(stream)).settings.maxRetryCount).toBe(7);
    const all = await store.client.listAllPersistentSubscriptions();
    expect(all.map(({ eventSource }) => eventSource)).toContain(stream);
    expect(await store.client.listPersistentSubscriptionsToStream(stream)).toHaveLength(1);

    await store.client.deletePersistentSubscriptionToStream(stream, 'workers');
    for (const work of [
      () => info(stream),
      () => store.client.deletePersistentSubscriptionToStream(stream, 'workers'),
      () => store.client.updatePersistentSubscriptionToStream(stream, 'workers', changed),
      () => store.client.replayParkedMessagesToStream(stream, 'workers'),
      () => store.client.listPersistentSubscriptionsToStream(stream),
      () => handle(join(stream), 1),
    ]) {
      await expect(work()).rejects.toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
    }
  });
});

it('a group on all events follows through a filter', async () => {
  const [wanted, other] = [newStream('wanted'), newStream('other')];
  await append(wanted, 1);
  await append(other, 1);
  const settings = persistentSubscriptionToAllSettingsFromDefaults({ startFrom: START });
  const filter = streamNameFilter({ prefixes: [wanted] });
  await store.client.createPersistentSubscriptionToAll('workers', settings, { filter });
  const subscription = store.client.subscribeToPersistentSubscriptionToAll('workers');
  const found: string[] = [];
  subscription.on('data', (event) => {
    found.push(event.event!.streamId);
    void subscription.ack(event);
  });
  await append(other, 1);
  await append(wanted, 1);
  await until(async () => found.length === 2);
  expect(found).toEqual([wanted, wanted]);
  const { settings: kept } = await store.client.getPersistentSubscriptionToAllInfo('workers');
  expect(kept.startFrom).toBe(START);
  await subscription.unsubscribe();
  await store.client.deletePersistentSubscriptionToAll('workers');
});
