import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openFile, type WriterModule } from '@countersign/group-commit';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import { numbered, numberedUpTo, numbersOf, range } from '../src/conformance/harness.js';
import { NotPermitted, StoreUnavailable, type Batch } from '../src/port.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
const opened: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of opened.reverse()) await one.close();
});

const openStore = (name: string, module: WriterModule = eventStoreWriter) => {
  const path = join(folder, `${name}.db`);
  const file = openFile({ path, modules: [module], synchronous: 'FULL' });
  const store = embeddedStore(file);
  opened.push(file, store);
  return { file, store };
};

const turns = async (count = 3) => {
  for (const _ of range(0, count)) await new Promise(setImmediate);
};

describe('the embedded store', () => {
  it('hands what one commit wrote to all subscribers, as one batch of the same objects', async () => {
    const { store } = openStore('batches');
    const batches: Batch[] = [];
    const other: Batch[] = [];
    const subscriptions = [
      store.subscribe({ prefixes: ['case-'], deliver: (batch) => void batches.push(batch) }),
      store.subscribe({ prefixes: ['case-'], deliver: (batch) => void other.push(batch) }),
    ];
    await Promise.all(subscriptions.map(({ caughtUp }) => caughtUp));
    [batches.length, other.length] = [0, 0];
    const data = { n: 0 };
    await Promise.all(
      range(0, 40).map((n) =>
        store.append(`case-${n}`, 'no-stream', [{ ...numbered(n), ...(n === 0 && { data }) }]),
      ),
    );
    await turns();
    expect(batches.map(({ events }) => numbersOf(events))).toEqual([range(0, 40)]);
    expect(other[0]!.events[7]).toBe(batches[0]!.events[7]);
    expect(batches[0]!.events[0]!.data).toBe(data);
    expect(Object.isFrozen(data)).toBe(true);
  });

  it('sends a slow subscriber back to the file, says so, and catches up', async () => {
    const { store } = openStore('slow');
    const gate = Promise.withResolvers<void>();
    const seen: number[] = [];
    const subscription = store.subscribe({
      prefixes: ['case-'],
      deliver: async ({ events }) => {
        if (events.length > 0) await gate.promise;
        seen.push(...numbersOf(events));
      },
    });
    await subscription.caughtUp;
    expect(subscription.state).toBe('live');
    const perAppend = 500;
    for (const turn of range(0, 12)) {
      const more = range(turn * perAppend, (turn + 1) * perAppend).map(numbered);
      await store.append('case-1', turn === 0 ? 'no-stream' : turn * perAppend - 1, more);
    }
    expect(subscription.state).toBe('behind');
    gate.resolve();
    while (seen.length < 12 * perAppend) await turns();
    expect(seen).toEqual(range(0, 12 * perAppend));
    await turns();
    expect(subscription.state).toBe('live');
  });

  it('tells of progress after a thousand events of others, and not for each', async () => {
    const { store } = openStore('progress');
    const reached: string[] = [];
    const subscription = store.subscribe({
      prefixes: ['case-'],
      deliver: (batch) => void reached.push(batch.reached),
    });
    await subscription.caughtUp;
    const before = reached.length;
    let position = '';
    for (const turn of range(0, 25)) {
      const expected = turn === 0 ? 'no-stream' : turn * 100 - 1;
      position = (await store.append('relay-x', expected, numberedUpTo(100))).position;
    }
    await turns();
    const told = reached.slice(before);
    expect(told.length).toBe(2);
    expect(store.comparePositions(told[1]!, position)).toBeLessThanOrEqual(0);
  });

  it('begins after its system events, so that positions are not counts', async () => {
    const { store } = openStore('positions');
    const { position } = await store.append('case-1', 'no-stream', [numbered(0)]);
    expect(Number(position)).toBeGreaterThan(1);
    expect((await store.read('$settings')).length).toBe(2);
  });

  it('has one store a file', () => {
    const { file } = openStore('one');
    expect(() => embeddedStore(file)).toThrow('already has an event store');
  });
});

describe('the embedded store refuses', () => {
  const { store } = openStore('refusals');
  const event = numbered(0);

  it('what no event may be', async () => {
    const refusals: [unknown, RegExp][] = [
      [[], /at least one event/],
      [[{ ...event, id: 'case-1/0' }], /not a UUID/],
      [[{ ...event, type: '' }], /needs a type/],
      [[{ ...event, data: undefined }], /JSON can say/],
      [[{ ...event, metadata: undefined }], /JSON can say/],
    ];
    for (const [events, reason] of refusals) {
      await expect(store.append('case-1', 'no-stream', events as [])).rejects.toThrow(reason);
    }
  });

  it('what no stream may be called, and no revision may be', async () => {
    for (const name of ['', 'x'.repeat(2_000), 'case-\ud800']) {
      await expect(store.append(name, 'no-stream', [event])).rejects.toThrow('not a stream name');
    }
    for (const expected of [-1, 0.5, Number.NaN]) {
      await expect(store.append('case-1', expected, [event])).rejects.toThrow('not a revision');
    }
    await expect(store.limitStream('case-1', 0)).rejects.toThrow('cannot keep 0 events');
    await expect(store.read('case-1', { limit: 0 })).rejects.toThrow('cannot read 0 events');
    await expect(store.read('case-1', { from: 0.5 })).rejects.toThrow('revision 0.5');
  });

  it('writing or following the streams of the system', async () => {
    await expect(store.append('$users', 2, [event])).rejects.toThrow(NotPermitted);
    await expect(store.limitStream('$users', 1)).rejects.toThrow(NotPermitted);
    const deliver = () => undefined;
    expect(() => store.subscribe({ prefixes: ['$'], deliver })).toThrow('not delivered');
    expect(() => store.subscribe({ prefixes: [], deliver })).toThrow('at least one prefix');
    expect(() => store.subscribe({ prefixes: ['a-'], batchMax: 0, deliver })).toThrow('0 events');
  });

  it('positions that it has not given', async () => {
    const deliver = () => undefined;
    const subscribe = (after: string) => () =>
      store.subscribe({ prefixes: ['a-'], after, deliver });
    expect(subscribe('12')).toThrow('not a position');
    expect(subscribe('C:1/P:1')).toThrow('not a position');
    expect(subscribe('0000000000009999')).toThrow('beyond the end');
  });
});

describe('when the embedded store cannot work', () => {
  it('a full disk is infrastructure; nothing is torn, and it goes on when there is room', async () => {
    // The page limit stands for the disk: SQLite answers both with the same code.
    const schema = `pragma max_page_count = 60; ${eventStoreWriter.schema}`;
    const { store } = openStore('full', { ...eventStoreWriter, schema });
    const seen: number[] = [];
    store.subscribe({
      prefixes: ['case-'],
      deliver: ({ events }) => void seen.push(...events.map(({ revision }) => revision)),
    });
    const large = range(0, 3).map((n) => ({ ...numbered(n), data: 'x'.repeat(200_000) }));
    await expect(store.append('case-1', 'no-stream', large)).rejects.toThrow(StoreUnavailable);
    await expect(store.append('case-1', 'no-stream', large)).rejects.toThrow('the disk is full');
    expect(await store.read('case-1')).toEqual([]);
    await store.append('case-1', 'no-stream', numberedUpTo(2));
    await turns();
    expect(seen).toEqual([0, 1]);
  });

  it('a closed store, or one whose file was closed, is infrastructure', async () => {
    const { file, store } = openStore('closed');
    const subscription = store.subscribe({ prefixes: ['case-'], deliver: () => undefined });
    await subscription.caughtUp;
    await file.close();
    await expect(store.append('case-1', 'no-stream', [numbered(0)])).rejects.toThrow(
      StoreUnavailable,
    );
    await expect(store.read('case-1')).rejects.toThrow(StoreUnavailable);
    await store.close();
    await expect(store.read('case-1')).rejects.toThrow('has been closed');
    expect(() => store.subscribe({ prefixes: ['a-'], deliver: () => undefined })).toThrow(
      StoreUnavailable,
    );
  });
});
