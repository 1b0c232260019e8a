import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openFile, type GroupCommitFile } from '@countersign/group-commit';
import fc from 'fast-check';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { recentStreams } from '../src/embedded/recent-streams.js';
import { readOptions, streamReader } from '../src/embedded/stream-reader.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import type { EventStore, NewEvent, ReadOptions, StoredEvent } from '../src/port.js';
import { aStream, idOf } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
let file: GroupCommitFile;
let store: EventStore;
beforeAll(() => {
  const path = join(folder, 'recent.db');
  file = openFile({ path, modules: [eventStoreWriter], synchronous: 'OFF' });
  store = embeddedStore(file);
});
afterAll(async () => {
  await store.close();
  await file.close();
});

const event = (stream: string, n: number): NewEvent => ({
  id: idOf(`${stream} ${n}`),
  type: 'Happened',
  data: { n },
  metadata: { n },
});
const events = (stream: string, from: number, count: number) =>
  Array.from({ length: count }, (_, n) => event(stream, from + n));

const someOptions: fc.Arbitrary<ReadOptions> = fc.record(
  {
    from: fc.integer({ min: -3, max: 12 }),
    direction: fc.constantFrom('forwards' as const, 'backwards' as const),
    limit: fc.integer({ min: 1, max: 12 }),
  },
  { requiredKeys: [] },
);

describe('streams that are remembered', () => {
  it('read as the file reads, whatever is asked (rule 4)', async () => {
    const fromFile = streamReader(file.reader);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
        fc.array(someOptions, { minLength: 1, maxLength: 8 }),
        async (appends, asked) => {
          const stream = aStream();
          let last = -1;
          for (const count of appends) {
            const expected = last < 0 ? 'no-stream' : last;
            last = (await store.append(stream, expected, events(stream, last + 1, count))).revision;
            for (const options of asked) {
              expect(await store.read(stream, options)).toEqual(
                fromFile(stream, readOptions(options)),
              );
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('give at most a thousand events to who does not say how many', async () => {
    const stream = aStream();
    await store.append(stream, 'no-stream', events(stream, 0, 600));
    await store.append(stream, 599, events(stream, 600, 600));
    expect(await store.read(stream)).toHaveLength(1_000);
    expect(await store.read(stream, { limit: 2_000 })).toHaveLength(1_200);
    const [newest] = await store.read(stream, { direction: 'backwards', limit: 1 });
    expect(newest).toMatchObject({ revision: 1_199 });
  });

  it('are not changed by whoever reads them', async () => {
    const stream = aStream();
    await store.append(stream, 'no-stream', events(stream, 0, 3));
    const read = (await store.read(stream)) as StoredEvent[];
    read.splice(0, 2);
    expect(await store.read(stream)).toHaveLength(3);
    await store.append(stream, 2, events(stream, 3, 1));
    expect(read).toHaveLength(1);
  });
});

/** An append as it is announced. */
const commit = (stream: string, from: number, count: number, bytes: number) => ({
  stream,
  seq: from + count,
  bytes,
  events: () =>
    events(stream, from, count).map((one, n) => ({
      ...one,
      stream,
      revision: from + n,
      position: String(from + n).padStart(16, '0'),
    })),
});
const all = readOptions({});

describe('what streams are remembered', () => {
  it('are those that began here: of others the file knows more', () => {
    const recent = recentStreams();
    recent.committed(commit('old-1', 4, 1, 10));
    expect(recent.read('old-1', all)).toBeUndefined();
    recent.committed(commit('new-1', 0, 1, 10));
    expect(recent.read('new-1', all)).toHaveLength(1);
  });

  it('go, the longest unused first, when they take too much memory', () => {
    const recent = recentStreams(100);
    for (const name of ['a', 'b', 'c']) recent.committed(commit(name, 0, 1, 30));
    recent.read('a', all);
    recent.committed(commit('d', 0, 1, 30));
    expect(['a', 'b', 'c', 'd'].filter((name) => recent.read(name, all))).toEqual(['a', 'c', 'd']);
  });

  it('are forgotten whole: one that was let go does not come back in part', () => {
    const recent = recentStreams(100);
    recent.committed(commit('a', 0, 1, 60));
    recent.committed(commit('b', 0, 1, 60));
    recent.committed(commit('a', 1, 1, 10));
    expect(recent.read('a', all)).toBeUndefined();
    recent.committed(commit('b', 1, 1, 200));
    expect(recent.read('b', all)).toBeUndefined();
    recent.committed(commit('c', 0, 1, 90));
    expect(recent.read('c', all)).toHaveLength(1);
  });

  it('are none that is trimmed', () => {
    const recent = recentStreams();
    recent.committed(commit('relay-1', 0, 1, 10));
    recent.forget('relay-1');
    expect(recent.read('relay-1', all)).toBeUndefined();
    recent.forget('relay-2');
    recent.committed(commit('relay-2', 0, 1, 10));
    expect(recent.read('relay-2', all)).toBeUndefined();
  });
});
