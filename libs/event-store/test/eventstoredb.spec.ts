import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStoreDev } from '@countersign/event-store-dev';
import { freePort } from '@countersign/ports';
import { collect, freshPrefix, numbered, numbersOf, range } from '../src/conformance/harness.js';
import { eventStoreDb } from '../src/eventstoredb/event-store-db.js';
import { StreamDeleted } from '../src/eventstoredb/faults.js';
import { StoreUnavailable } from '../src/port.js';
import { devHarness } from './eventstoredb-harness.js';
import { scratchFolder } from './scratch-folder.js';
import { until } from './until.js';

const folder = scratchFolder();
const open = devHarness(folder);
const harness = open();
afterAll(async () => (await harness).close());

describe('the EventStoreDB adapter', () => {
  it('starts before its store, says so, and comes up by itself', async () => {
    const port = await freePort();
    const store = eventStoreDb({
      url: `esdb://127.0.0.1:${port}?tls=false`,
      waits: { tryMs: 100, giveUpMs: 200 },
    });
    const prefix = freshPrefix('e');
    const seen = collect(
      { store, restart: async () => store, close: store.close },
      { prefixes: [prefix] },
    );
    await expect(store.append(`${prefix}1`, 'no-stream', [numbered(0)])).rejects.toThrow(
      StoreUnavailable,
    );
    await expect(store.read(`${prefix}1`)).rejects.toThrow(StoreUnavailable);
    expect(store.state).toBe('starting');
    await until(() => seen.subscription.state === 'lost');

    const path = join(folder, 'late');
    mkdirSync(path);
    const server = await startEventStoreDev({ file: join(path, 'e.db'), port, controlPort: 0 });
    await until(() => store.state === 'up');
    await seen.subscription.caughtUp;
    await store.append(`${prefix}1`, 'no-stream', [numbered(0)]);
    await seen.count(1);
    await store.close();
    await server.close();
  });

  it('keeps within the streams that a connection is allowed, however much is asked at once', async () => {
    const { store, url } = await harness;
    const prefix = freshPrefix('e');
    const second = eventStoreDb({ url });
    const subscriptions = range(0, 120).map(() =>
      collect(
        { store: second, restart: async () => second, close: second.close },
        { prefixes: [prefix] },
      ),
    );
    await Promise.all(subscriptions.map(({ subscription }) => subscription.caughtUp));
    const others = freshPrefix('e');
    await Promise.all(
      range(0, 300).map((n) => store.append(`${others}${n}`, 'no-stream', [numbered(n)])),
    );
    const reads = await Promise.all(range(0, 300).map((n) => store.read(`${others}${n}`)));
    expect(reads.flatMap(numbersOf)).toEqual(range(0, 300));
    await store.append(`${prefix}1`, 'no-stream', [numbered(0)]);
    await Promise.all(subscriptions.map((one) => one.count(1)));
    await second.close();
  });

  it('refuses a stream that somebody deleted, in words', async () => {
    const { store, url } = await harness;
    const stream = `${freshPrefix('e')}1`;
    await store.append(stream, 'no-stream', [numbered(0)]);
    const client = EventStoreDBClient.connectionString(url);
    await client.tombstoneStream(stream);
    await client.dispose();
    await expect(store.append(stream, 0, [numbered(1)])).rejects.toThrow(StreamDeleted);
    await expect(store.read(stream)).rejects.toThrow(StreamDeleted);
  });

  it('limits a stream by its metadata, once', async () => {
    const { store, url } = await harness;
    const stream = `${freshPrefix('e')}1`;
    const client = EventStoreDBClient.connectionString(url);
    await client.setStreamMetadata(stream, { maxCount: 50, owner: 'ops' });
    await store.limitStream(stream, 2);
    await store.limitStream(stream, 2);
    const { metadata } = await client.getStreamMetadata(stream);
    expect(metadata).toEqual({ maxCount: 2, owner: 'ops' });
    expect(await store.read(`$$${stream}`)).toMatchObject([{ revision: 1 }]);
    await client.dispose();
  });

  it('never sends a revision that the protocol cannot say', async () => {
    const { store } = await harness;
    const stream = `${freshPrefix('e')}1`;
    for (const wrong of [-1, -2, 0.5, Number.NaN, 2 ** 60]) {
      await expect(store.append(stream, wrong, [numbered(0)])).rejects.toThrow(RangeError);
    }
    expect(await store.read(stream)).toEqual([]);
  });

  it('refuses positions of other stores, and orders its own', async () => {
    const { store } = await harness;
    const deliver = () => undefined;
    for (const after of ['0000000000000007', '1', '1:', ':1', '-1:2', 'a:b']) {
      expect(() => store.subscribe({ prefixes: ['e'], after, deliver })).toThrow(RangeError);
    }
    const ordered = ['0:0', '9:9', '10:2', '10:10', '18446744073709551615:0'];
    const mixed = [3, 0, 4, 2, 1].map((n) => ordered[n]!);
    expect(mixed.sort(store.comparePositions)).toEqual(ordered);
  });

  it('ends everything when it is closed', async () => {
    const { url, faults } = await harness;
    const store = eventStoreDb({ url });
    const seen = collect(
      { store, restart: async () => store, close: store.close },
      { prefixes: ['e'] },
    );
    await seen.subscription.caughtUp;
    await faults({ acknowledgementsWithheld: 1 });
    const append = store.append(`${freshPrefix('e')}1`, 'no-stream', [numbered(0)]);
    const refused = expect(append).rejects.toThrow(StoreUnavailable);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await store.close();
    await refused;
    await faults({ reset: true });
    await expect(store.read('e-1')).rejects.toThrow(StoreUnavailable);
    expect(() => store.subscribe({ prefixes: ['e'], deliver: () => undefined })).toThrow(
      StoreUnavailable,
    );
  });

  it('does not repeat the password of a connection string that it cannot read', () => {
    expect(() => eventStoreDb({ url: 'http://ana:sec/r@et@store:2113' })).toThrow(
      /^http:\/\/…@store:2113 is no connection string/,
    );
  });
});
