import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, freshPrefix, range } from '../src/conformance/harness.js';
import { eventStoreDb, type EventStoreDb } from '../src/eventstoredb/event-store-db.js';
import { StoreUnavailable, type NewEvent } from '../src/port.js';
import { setFaults } from './eventstoredb-harness.js';
import { storeProcess } from './eventstoredb-process.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
let server: Awaited<ReturnType<typeof storeProcess>>;
let store: EventStoreDb;
beforeAll(async () => {
  server = await storeProcess(folder);
  store = eventStoreDb({ url: server.url, waits: { giveUpMs: 4_000 } });
});
afterAll(async () => {
  await store.close();
  await server.kill();
});

const written = (): NewEvent => ({
  id: randomUUID(),
  type: 'Written',
  data: {},
  metadata: { recordedAt: '2026-01-05T09:00:00.000Z' },
});

/** Appends one event after the other until told to end, and again what had no outcome. */
const writeUntil = async (stream: string, isOver: () => boolean) => {
  const ids: string[] = [];
  let outages = 0;
  while (!isOver()) {
    const events = [written()];
    for (let known = false; !known;) {
      known = await store
        .append(stream, ids.length === 0 ? 'no-stream' : ids.length - 1, events)
        .then(
          () => true,
          (error: unknown) => {
            if (!(error instanceof StoreUnavailable)) throw error;
            outages += 1;
            return false;
          },
        );
    }
    ids.push(events[0]!.id);
  }
  return { ids, outages };
};

/** Writers and a subscriber, while something happens to the store: nothing lost, nothing twice. */
const underLoad = async (happens: () => Promise<void>) => {
  const prefix = freshPrefix('o');
  const harness = { store, restart: async () => store, close: store.close, patienceMs: 30_000 };
  const seen = collect(harness, { prefixes: [prefix] });
  let over = false;
  const streams = range(0, 12).map((n) => `${prefix}${n}`);
  const writing = Promise.all(streams.map((stream) => writeUntil(stream, () => over)));
  await seen.count(100);
  await happens();
  const before = seen.events().length;
  await seen.count(before + 100);
  over = true;
  const wrote = await writing;
  await seen.count(wrote.reduce((sum, { ids }) => sum + ids.length, 0));
  for (const [n, stream] of streams.entries()) {
    const { ids } = wrote[n]!;
    const stored = await store.read(stream, { limit: 100_000 });
    const delivered = seen.events().filter((event) => event.stream === stream);
    expect(stored.map(({ id }) => id)).toEqual(ids);
    expect(delivered.map(({ id }) => id)).toEqual(ids);
  }
  expect(store.state).toBe('up');
  expect(seen.subscription.state).toBe('live');
  await seen.subscription.close();
  return wrote.reduce((sum, { outages }) => sum + outages, 0);
};

/** Everything that the server can be told to do wrong, but for what lasts until it is told otherwise. */
const misbehaviour: readonly Readonly<Record<string, number | boolean>>[] = [
  { acknowledgementsLost: 5 },
  { unavailable: 5 },
  { dropSubscriptions: true },
  { notLeader: 3 },
  { acknowledgementsWithheld: 3 },
  { deliveredTwice: 30 },
  { delayed: 5, delayMs: 2_500 },
  { dropSubscriptions: true, acknowledgementsLost: 2, unavailable: 2 },
  { restartAfterMs: 200 },
];

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));

describe('the EventStoreDB adapter under load', () => {
  it('loses and repeats nothing when its store is killed three times and comes back', async () => {
    await underLoad(async () => {
      for (const down of [0, 1, 3]) {
        await server.kill();
        await seconds(down);
        await server.comeBack();
        await seconds(1);
      }
    });
  });

  it('loses and repeats nothing whatever its store does wrong, one after the other', async () => {
    await underLoad(async () => {
      const controlUrl = await server.controlUrl();
      for (let round = 0; round < 4; round += 1) {
        for (const faults of misbehaviour) {
          await setFaults(controlUrl, faults);
          await seconds(0.2);
        }
      }
      await setFaults(controlUrl, { reset: true });
    });
  });

  it('outlasts an outage that is longer than its own patience', async () => {
    const outages = await underLoad(async () => {
      await server.kill();
      await seconds(6);
      expect(store.state).toBe('down');
      await server.comeBack();
    });
    expect(outages).toBeGreaterThan(0);
  });

  it('goes on when its store was frozen for longer than a connection lives', async () => {
    await underLoad(async () => {
      server.stop();
      await seconds(25);
      expect(store.state).toBe('down');
      server.goOn();
    });
  });
});
