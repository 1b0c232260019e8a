import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fold } from '@countersign/decider';
import fc from 'fast-check';
import { eventHash, noHash } from '../src/event-hash.js';
import { histories } from '../src/histories.js';
import { foldHistory, metadataOf, readHistory, type Journal } from '../src/journal.js';
import type { EventStore, StoredEvent } from '../src/port.js';
import { aStream, openWorld, tell, told, type JournalWorld } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';
import { tally, type Tally, type TallyFact, type TallyInput } from './tally.js';

const folder = scratchFolder();
let world: JournalWorld;
beforeAll(async () => {
  world = await openWorld(join(folder, 'races'));
});
afterAll(() => world.close());

const anInput = fc.oneof(
  fc.record({ type: fc.constant('Add' as const), n: fc.integer({ min: -1, max: 9 }) }),
  fc.record({
    type: fc.constant('Add' as const),
    n: fc.integer({ min: 1, max: 9 }),
    words: fc.constantFrom('Mara', 'Tom'),
  }),
  fc.record({ type: fc.constant('Close' as const) }),
);

/** What must hold of every stream, whoever wrote it in whatever order. */
const mustBeSound = (events: readonly StoredEvent[]) => {
  let prevHash = noHash;
  let recordedAt = '';
  for (const [revision, event] of events.entries()) {
    const metadata = metadataOf(event);
    expect(event.revision).toBe(revision);
    expect(metadata.prevHash).toBe(prevHash);
    expect(metadata.recordedAt >= recordedAt).toBe(true);
    prevHash = eventHash(event);
    recordedAt = metadata.recordedAt;
  }
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
};

const storyOf = async (stream: string) => {
  const { events } = await readHistory<TallyFact>(world.withoutMemory(), stream);
  return events.map(({ type, data }) => ({ type, data }));
};

/** Every read and every append waits for its turn. */
const inTurns = (scheduler: fc.Scheduler): EventStore => ({
  ...world.store,
  read: scheduler.scheduleFunction((...args) => world.store.read(...args)),
  append: scheduler.scheduleFunction((...args) => world.store.append(...args)),
});

describe('two inputs at the same time (I13)', () => {
  it('come to what they would have come to one after the other, in some order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        anInput,
        anInput,
        fc.boolean(),
        async (scheduler, a, b, shared) => {
          const [stream, ab, ba] = [aStream(), aStream(), aStream()];
          const inputs = [told('a', a), told('b', b)] as const;
          const store = inTurns(scheduler);
          const one = world.journal({ store });
          const other = shared ? one : world.journal({ store });
          const racing = Promise.all([
            tell(one, stream, inputs[0]),
            tell(other, stream, inputs[1]),
          ]);
          await scheduler.waitFor(racing);
          for (const input of inputs) await tell(world.withoutMemory(), ab, input);
          for (const input of inputs.toReversed()) await tell(world.withoutMemory(), ba, input);
          expect([await storyOf(ab), await storyOf(ba)]).toContainEqual(await storyOf(stream));
          mustBeSound(await world.store.read(stream));
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** One thing that happens to a stream: one or two replicas hear an input, at the same time. */
const aTurn = fc.record({
  body: anInput,
  /** Inputs come back: some are heard a second time, later, by others. */
  name: fc.integer({ min: 0, max: 5 }).map(String),
  by: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }),
  clockMs: fc.integer({ min: -5_000, max: 5_000 }),
});

const mustRemember = async (journal: Journal, stream: string) => {
  const bare = world.withoutMemory();
  const found = await readHistory<TallyFact>(journal, stream);
  const read = await readHistory<TallyFact>(bare, stream);
  expect(found.events).toStrictEqual(read.events);
  expect(found.last).toEqual(read.last);
  const state = foldHistory<TallyFact, Tally>(journal, stream, tally, found.events);
  expect(state).toStrictEqual(fold<TallyFact, Tally>(tally, read.events));
  const stored = await journal.store.read(stream);
  expect(stored.map((event) => journal.hashes.of(event))).toEqual(stored.map(eventHash));
};

describe('what a process remembers', () => {
  it('never changes a result, whoever else writes, repeats or was faster (I9, I10)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aTurn, { maxLength: 8 }), async (turns) => {
        const stream = aStream();
        const replicas = [world.journal(), world.journal(), world.withoutMemory()];
        for (const { body, name, by, clockMs } of turns) {
          world.clock.advance(clockMs);
          const input = told(name, body as TallyInput);
          await Promise.all(by.map((n) => tell(replicas[n]!, stream, input)));
          for (const journal of replicas) await mustRemember(journal, stream);
        }
        mustBeSound(await world.store.read(stream));
      }),
      { numRuns: 200 },
    );
  });

  it('is never of another writer: the same append with other content has its own hash', async () => {
    const stream = aStream();
    const input = told('same', { type: 'Add', n: 1, words: 'sealed anew each time' });
    const [slow, fast] = [world.journal(), world.journal()];
    const handled = await Promise.all([
      tell(fast, stream, input),
      tell(slow, stream, input),
      // Takes the same place first, later, with another instant.
      Promise.resolve(world.clock.advance(1_000)),
    ]);
    expect(handled.slice(0, 2)).toEqual([
      expect.objectContaining({ kind: 'recorded', revision: 1 }),
      expect.objectContaining({ kind: 'recorded', revision: 1 }),
    ]);
    await tell(slow, stream, told('next', { type: 'Add', n: 2 }));
    mustBeSound(await world.store.read(stream));
  });

  it('is bounded: a stream that was forgotten is read again', async () => {
    const journal = world.journal({ histories: histories({ max: 2 }) });
    const streams = [aStream(), aStream(), aStream()];
    for (const name of ['1', '2', '3']) {
      for (const stream of streams) await tell(journal, stream, told(name, { type: 'Add', n: 1 }));
    }
    for (const stream of streams) {
      const { events } = await readHistory<TallyFact>(journal, stream);
      expect(fold<TallyFact, Tally>(tally, events)).toMatchObject({ total: 3 });
      mustBeSound(await world.store.read(stream));
    }
  });
});
