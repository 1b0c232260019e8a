import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  BACKWARDS,
  END,
  excludeSystemEvents,
  eventTypeFilter,
  jsonEvent,
  StreamNotFoundError,
  streamNameFilter,
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  type Position,
  type StreamSubscription,
} from '@eventstore/db-client';
import { hostedStore, newStream, type TestEvent } from './server-harness.js';

const store = hostedStore();

const events = (count: number, type = 'Written') =>
  Array.from({ length: count }, (_, n) => jsonEvent<TestEvent>({ type, data: { n } }));
const collect = async <Read extends { event?: { revision: bigint } }>(
  reading: AsyncIterable<Read>,
): Promise<Read[]> => {
  const found = [];
  for await (const one of reading) found.push(one);
  return found;
};
const revisions = (found: { event?: { revision: bigint } }[]) =>
  found.map(({ event }) => Number(event!.revision));

/** The next `count` events of a subscription. */
const next = async <Event>(subscription: AsyncIterable<Event>, count: number): Promise<Event[]> => {
  const found: Event[] = [];
  const iterator = subscription[Symbol.asyncIterator]();
  while (found.length < count) found.push((await iterator.next()).value as Event);
  return found;
};

describe('a stream', () => {
  const stream = newStream();
  beforeAll(() => store.client.appendToStream(stream, events(1_203)));

  it('is read forwards from a revision, inclusive, and backwards from its end', async () => {
    expect(revisions(await collect(store.client.readStream(stream)))).toHaveLength(1_203);
    expect(
      revisions(await collect(store.client.readStream(stream, { fromRevision: 1_200n }))),
    ).toEqual([1_200, 1_201, 1_202]);
    const back = { direction: BACKWARDS, fromRevision: END, maxCount: 2 } as const;
    expect(revisions(await collect(store.client.readStream(stream, back)))).toEqual([1_202, 1_201]);
    const middle = { direction: BACKWARDS, fromRevision: 1n } as const;
    expect(revisions(await collect(store.client.readStream(stream, middle)))).toEqual([1, 0]);
  });

  it('that is not there is said not to be there', async () => {
    await expect(collect(store.client.readStream(newStream()))).rejects.toBeInstanceOf(
      StreamNotFoundError,
    );
  });

  it('is followed from after a revision: history, caught up, live', async () => {
    const subscription = store.client.subscribeToStream<TestEvent>(stream, {
      fromRevision: 1_200n,
    });
    const caughtUp = new Promise((resolve) => subscription.once('caughtUp', resolve));
    const following = next(subscription, 3);
    await caughtUp;
    await store.client.appendToStream(newStream(), events(1));
    await store.client.appendToStream(stream, events(1));
    expect(revisions(await following)).toEqual([1_201, 1_202, 1_203]);
    await subscription.unsubscribe();
  });

  it('is followed from its end, and before it begins', async () => {
    const unborn = newStream();
    const starting: StreamSubscription<TestEvent> = store.client.subscribeToStream(unborn);
    const ending: StreamSubscription<TestEvent> = store.client.subscribeToStream(stream, {
      fromRevision: END,
    });
    const found = Promise.all([next(starting, 2), next(ending, 1)]);
    await Promise.all(
      [starting, ending].map((one) => new Promise((resolve) => one.once('caughtUp', resolve))),
    );
    await store.client.appendToStream(unborn, events(2));
    await store.client.appendToStream(stream, events(1, 'Late'));
    const [first, last] = await found;
    expect(revisions(first)).toEqual([0, 1]);
    expect(last[0]!.event!.type).toBe('Late');
    await Promise.all([starting.unsubscribe(), ending.unsubscribe()]);
  });
});

describe('all events', () => {
  it('stand in one order, with system events and gaps between positions', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(3));
    const all = await collect(store.client.readAll());
    const commits = all.map(({ event }) => event!.position!.commit);
    expect(commits).toEqual([...commits].sort((a, b) => (a < b ? -1 : 1)));
    expect(commits.every((commit, n) => n === 0 || commit > commits[n - 1]! + 1n)).toBe(true);
    expect(all.some(({ event }) => event!.streamId.startsWith('$'))).toBe(true);
    expect(all.slice(-3).map(({ event }) => event!.streamId)).toEqual([stream, stream, stream]);

    const from = all.at(-2)!.event!.position!;
    const onwards = await collect(store.client.readAll({ fromPosition: from }));
    expect(revisions(onwards)).toEqual([1, 2]);
    const before = { direction: BACKWARDS, fromPosition: from, maxCount: 1 } as const;
    expect(revisions(await collect(store.client.readAll(before)))).toEqual([0]);
    const back = { direction: BACKWARDS, fromPosition: END, maxCount: 3 } as const;
    expect(revisions(await collect(store.client.readAll(back)))).toEqual([2, 1, 0]);
  });

  it.each([
    ['stream prefixes', streamNameFilter({ prefixes: ['filtered-', 'other-'] })],
    ['a stream regex', streamNameFilter({ regex: '^(filtered|other)-' })],
    ['type prefixes', eventTypeFilter({ prefixes: ['Filtered'] })],
    ['a type regex', eventTypeFilter({ regex: '^Filter' })],
  ])('are followed through %s, from after a position', async (_name, filter) => {
    const stream = newStream('filtered');
    const { position } = await store.client.appendToStream(stream, events(1, 'FilteredFirst'));
    await store.client.appendToStream(stream, events(2, 'FilteredThen'));
    await store.client.appendToStream(newStream(), events(1));
    const subscription: AllStreamSubscription = store.client.subscribeToAll({
      filter,
      fromPosition: position!,
    });
    const following = next(subscription, 3);
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await store.client.appendToStream(newStream(), events(1));
    await store.client.appendToStream(stream, events(1, 'FilteredLast'));
    expect((await following).map(({ event }) => event!.type)).toEqual([
      'FilteredThen',
      'FilteredThen',
      'FilteredLast',
    ]);
    await subscription.unsubscribe();
  });

  it('have no place beyond their end: such a position is of another store', async () => {
    const elsewhere = { commit: 1_000_000_000n, prepare: 1_000_000_000n };
    const said = { code: 3, message: expect.stringContaining('invalid position') };
    await expect(collect(store.client.readAll({ fromPosition: elsewhere }))).rejects.toMatchObject(
      said,
    );
    const subscription = store.client.subscribeToAll({ fromPosition: elsewhere });
    subscription.on('data', () => {});
    expect(await new Promise((resolve) => subscription.once('error', resolve))).toMatchObject(said);
  });

  it('without system events have none', async () => {
    const subscription = store.client.subscribeToAll({ filter: excludeSystemEvents() });
    const found: AllStreamResolvedEvent[] = [];
    subscription.on('data', (one) => found.push(one));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await store.client.appendToStream(newStream(), events(1, 'Mark'));
    await expect(
      new Promise((resolve) => subscription.on('data', ({ event }) => resolve(event!.type))),
    ).resolves.toBe('Mark');
    expect(found.filter(({ event }) => event!.type.startsWith('$'))).toEqual([]);
    await subscription.unsubscribe();
  });

  it('between matches say how far the search has come, and it goes on from there', async () => {
    await store.client.appendToStream(newStream(), events(200));
    const reached: Position[] = [];
    const search = (fromPosition?: Position) =>
      store.client.subscribeToAll({
        ...(fromPosition && { fromPosition }),
        filter: streamNameFilter({
          prefixes: ['rare-'],
          maxSearchWindow: 10,
          checkpointInterval: 2,
          checkpointReached: async (_subscription, position) => void reached.push(position),
        }),
      });
    const first = search();
    first.on('data', () => {});
    await new Promise((resolve) => first.once('caughtUp', resolve));
    await first.unsubscribe();
    expect(reached.length).toBeGreaterThan(9);
    const rare = newStream('rare');
    await store.client.appendToStream(rare, events(1));
    const second = search(reached.at(-1));
    const [found] = await next(second, 1);
    expect(found!.event!.streamId).toBe(rare);
    await second.unsubscribe();
  });
});
