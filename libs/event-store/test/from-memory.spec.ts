import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedFact } from '@countersign/decider';
import fc from 'fast-check';
import { histories } from '../src/histories.js';
import { recall, type Journal } from '../src/journal.js';
import type { EventStore } from '../src/port.js';
import { aStream, openWorld, tell, told, type JournalWorld } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';
import type { TallyInput } from './tally.js';

const folder = scratchFolder();
let world: JournalWorld;
beforeAll(async () => {
  world = await openWorld(join(folder, 'from-memory'));
});
afterAll(() => world.close());

/** A process that follows its streams, and says how often it has read. */
const aProcess = () => {
  let reads = 0;
  const store: EventStore = {
    ...world.store,
    read: (...args) => {
      reads += 1;
      return world.store.read(...args);
    },
  };
  const journal = world.journal({ store, histories: histories({ followed: true }) });
  return {
    journal,
    get reads() {
      return reads;
    },
    tell: (stream: string, name: string, body: TallyInput) =>
      tell(journal, stream, told(name, body), { fromMemory: true }),
  };
};

/** What a relay does with the events of a stream from `from` on, up to `count` of them. */
const follow = async (journal: Journal, stream: string, from = 0, count = 1_000) => {
  for (const event of await world.store.read(stream, { from, limit: count })) {
    const recorded = (await recall(journal, event)) as unknown as RecordedFact;
    journal.histories!.follow!(event, recorded);
  }
};

describe('a decision from memory', () => {
  it('needs no read once the relay has seen what this process wrote', async () => {
    const stream = aStream();
    const one = aProcess();
    await one.tell(stream, '1', { type: 'Add', n: 1, words: 'Mara' });
    await follow(one.journal, stream);
    const handled = await one.tell(stream, '2', { type: 'Add', n: 2 });
    expect(handled).toMatchObject({ kind: 'recorded', revision: 2, state: { total: 3 } });
    expect(one.reads).toBe(1);
  });

  it('is not made while something written here has not been seen', async () => {
    const stream = aStream();
    const one = aProcess();
    await one.tell(stream, '1', { type: 'Add', n: 1, words: 'Mara' });
    await follow(one.journal, stream, 0, 1);
    expect(await one.tell(stream, '2', { type: 'Add', n: 2 })).toMatchObject({ revision: 2 });
    expect(one.reads).toBe(2);
  });

  it('counts only as facts: silence and refusals are asked of the leader', async () => {
    const stream = aStream();
    const [one, other] = [aProcess(), aProcess()];
    await one.tell(stream, '1', { type: 'Close' });
    await follow(one.journal, stream);
    expect(await one.tell(stream, '2', { type: 'Add', n: 1 })).toMatchObject({ kind: 'ignored' });
    expect(one.reads).toBe(2);
    const open = aStream();
    await one.tell(open, '3', { type: 'Add', n: 1 });
    await follow(one.journal, open);
    await other.tell(open, '4', { type: 'Close' });
    const refused = await one.tell(open, '5', { type: 'Add', n: -1 });
    expect(refused).toMatchObject({ kind: 'ignored', reason: 'closed' });
  });

  it('gives way to whoever was faster', async () => {
    const stream = aStream();
    const [one, other] = [aProcess(), aProcess()];
    await one.tell(stream, '1', { type: 'Add', n: 1 });
    await follow(one.journal, stream);
    await other.tell(stream, '2', { type: 'Add', n: 5 });
    const handled = await one.tell(stream, '3', { type: 'Add', n: 2 });
    expect(handled).toMatchObject({ kind: 'recorded', state: { total: 8 } });
  });

  it('never makes a stream differ from one decided on reads alone (I9)', async () => {
    const aTurn = fc.record({
      n: fc.integer({ min: -1, max: 9 }),
      closes: fc.nat(9).map((n) => n === 0),
      name: fc.nat(5).map(String),
      by: fc.nat(1),
      /** So many events the relay of each process is behind. */
      behind: fc.tuple(fc.nat(3), fc.nat(3)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(aTurn, { maxLength: 8 }), async (turns) => {
        const [stream, twin] = [aStream(), aStream()];
        const processes = [aProcess(), aProcess()];
        for (const { n, closes, name, by, behind } of turns) {
          const body: TallyInput = closes ? { type: 'Close' } : { type: 'Add', n };
          await processes[by]!.tell(stream, name, body);
          await tell(world.withoutMemory(), twin, told(name, body));
          const { length } = await world.store.read(stream);
          for (const [p, { journal }] of processes.entries()) {
            const seen = length - behind[p]!;
            if (seen > 0) await follow(journal, stream, 0, seen);
          }
        }
        const story = async (of: string) =>
          (await world.store.read(of)).map(({ id, type, data }) => ({ id, type, data }));
        expect(await story(stream)).toEqual(await story(twin));
      }),
      { numRuns: 200 },
    );
  });
});
