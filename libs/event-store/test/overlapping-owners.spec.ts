import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ignore, record, type Decider, type Fact } from '@countersign/decider';
import fc from 'fast-check';
import { handle } from '../src/handle.js';
import { readHistory, type Journal } from '../src/journal.js';
import type { EventStore } from '../src/port.js';
import { aStream, openWorld, told, type JournalWorld } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';

// A partition whose owner changes while the one before, who may have been stopped or cut off, goes
// on with what it has in hand: both act on the same streams, each with what it remembers of them.

type Said = { readonly type: 'Ask' | 'Answer'; readonly id: number };
type SaidFact = Fact<'Asked', { id: number }> | Fact<'Answered', { id: number; open: number }>;

/** An answer moves only what is outstanding: decided on an old view, it would be lost for good. */
const asking: Decider<Said, SaidFact, readonly number[]> = {
  initial: [],
  decide: ({ body: { type, id } }, outstanding) => {
    if (type === 'Ask') return record({ type: 'Asked', data: { id } });
    if (!outstanding.includes(id)) return ignore('not outstanding');
    return record({ type: 'Answered', data: { id, open: outstanding.length - 1 } });
  },
  evolve: (outstanding, event) =>
    event.type === 'Asked'
      ? [...outstanding, event.data.id]
      : outstanding.filter((id) => id !== event.data.id),
};

interface Letter {
  readonly stream: number;
  readonly said: Said;
}

/** A question, and its answer soon after it, on one of two streams. */
const aLog = fc
  .array(fc.record({ stream: fc.nat(1), later: fc.nat(2) }), { minLength: 2, maxLength: 6 })
  .map((asked) =>
    asked
      .flatMap(({ stream, later }, id) => [
        { at: id, letter: { stream, said: { type: 'Ask' as const, id } } },
        { at: id + later + 0.5, letter: { stream, said: { type: 'Answer' as const, id } } },
      ])
      .sort((a, b) => a.at - b.at)
      .map(({ letter }): Letter => letter),
  );

/** How long a member owns the partition, and how much of what it took it still handles after. */
const aTerm = fc.record({
  owner: fc.nat(1),
  owned: fc.integer({ min: 1, max: 4 }),
  committed: fc.integer({ min: 0, max: 4 }),
  inHand: fc.integer({ min: 0, max: 3 }),
});

const folder = scratchFolder();
let world: JournalWorld;
beforeAll(async () => {
  world = await openWorld(join(folder, 'owners'));
});
afterAll(() => world.close());

const take = (journal: Journal, streams: readonly string[], { stream, said }: Letter) =>
  handle<Said, SaidFact, readonly number[]>(
    journal,
    streams[stream]!,
    {},
    { ...told(`${said.type}-${said.id}`, { type: 'Close' }), body: said },
    asking,
  );

const storyOf = async (stream: string) => {
  const { events } = await readHistory<SaidFact>(world.withoutMemory(), stream);
  return events.map(({ type, data }) => ({ type, data }));
};

/** Every read and every append waits for its turn. */
const inTurns = (scheduler: fc.Scheduler): EventStore => ({
  ...world.store,
  read: scheduler.scheduleFunction((...args) => world.store.read(...args)),
  append: scheduler.scheduleFunction((...args) => world.store.append(...args)),
});

/**
 * What follows what a process remembers of a stream is asked of the store only after an append
 * has shown that there is more: the store catches every writer, but nobody who writes nothing.
 */
const fromMemory = (store: EventStore): EventStore => {
  const behind = new Set<string>();
  return {
    ...store,
    read: async (stream, options) =>
      (options?.from ?? 0) === 0 || behind.delete(stream) ? store.read(stream, options) : [],
    append: async (stream, ...args) => {
      try {
        return await store.append(stream, ...args);
      } catch (error) {
        behind.add(stream);
        throw error;
      }
    },
  };
};

const overlapping = (seenBy: (store: EventStore) => EventStore) =>
  fc.asyncProperty(
    fc.scheduler(),
    aLog,
    fc.array(aTerm, { maxLength: 6 }),
    async (scheduler, log, terms) => {
      const streams = [aStream(), aStream()];
      const owners = [0, 1].map(() => world.journal({ store: seenBy(inTurns(scheduler)) }));
      let committed = 0;
      const stillAtWork: Promise<void>[] = [];
      const serve = async (owner: number, from: number, count: number) => {
        for (const letter of log.slice(from, from + count)) {
          await take(owners[owner]!, streams, letter);
        }
      };
      const allTerms = async () => {
        for (const { owner, owned, committed: done, inHand } of terms) {
          const from = committed;
          await serve(owner, from, owned);
          committed = Math.min(from + Math.min(done, owned), log.length);
          stillAtWork.push(serve(owner, from + owned, inHand));
        }
        await serve(0, committed, log.length);
        await Promise.all(stillAtWork);
      };
      await scheduler.waitFor(allTerms());

      const inOrder = [aStream(), aStream()];
      for (const letter of log) await take(world.withoutMemory(), inOrder, letter);
      for (const n of [0, 1]) {
        expect(await storyOf(streams[n]!)).toEqual(await storyOf(inOrder[n]!));
      }
    },
  );

describe('two owners of a partition who act at once, each with its own memory (I5, I11)', () => {
  it('come to what one owner would have come to: nothing twice, nothing lost, nothing out of order', async () => {
    await fc.assert(
      overlapping((store) => store),
      { numRuns: 300 },
    );
  });

  it('would not, if a decision were made on what is remembered', async () => {
    const result = await fc.check(overlapping(fromMemory), { numRuns: 300 });
    expect(String(result.errorInstance)).toContain('"Answered"');
  });
});
