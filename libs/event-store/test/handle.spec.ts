import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { effectIdOf, eventIdOf } from '@countersign/decider';
import { eventHash, noHash } from '../src/event-hash.js';
import { metadataOf, recall } from '../src/journal.js';
import { StoreUnavailable, WrongExpectedRevision, type EventStore } from '../src/port.js';
import { aStream, idOf, openWorld, tell, told, type JournalWorld } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
let world: JournalWorld;
beforeAll(async () => {
  world = await openWorld(join(folder, 'handle'));
});
afterAll(() => world.close());

describe('one input that is handled', () => {
  it('is one decision and one append, under ids that follow from the input', async () => {
    const stream = aStream();
    let appends = 0;
    const counting: EventStore = {
      ...world.store,
      append: (...args) => {
        appends += 1;
        return world.store.append(...args);
      },
    };
    const journal = world.journal({ store: counting });
    const handled = await tell(
      journal,
      stream,
      told('1', { type: 'Add', n: 3, words: 'for Mara', dueAt: '2026-01-06T00:00:00.000Z' }),
    );
    expect(appends).toBe(1);
    const stored = await world.store.read(stream);
    expect(stored.map(({ id }) => id)).toEqual([eventIdOf(idOf('1'), 0), eventIdOf(idOf('1'), 1)]);
    expect(handled).toMatchObject({
      kind: 'recorded',
      revision: 1,
      position: stored[1]!.position,
      state: { total: 3, order: [3] },
      events: [
        {
          type: 'Added',
          revision: 0,
          opens: [{ id: effectIdOf(stored[0]!.id, 'due:3'), name: 'due:3' }],
        },
        { type: 'Said', revision: 1, data: { words: 'for Mara', length: 8 } },
      ],
    });
  });

  it('says nothing or no without a trace in the stream, and the silence can be counted', async () => {
    const stream = aStream();
    const journal = world.journal();
    const silent = await tell(journal, stream, told('none', { type: 'Add', n: 0 }));
    const refused = await tell(journal, stream, told('no', { type: 'Add', n: -1 }));
    expect(silent).toMatchObject({ kind: 'ignored', reason: 'nothing to add' });
    expect(refused).toMatchObject({ kind: 'refused', refusal: 'negative' });
    expect(await world.store.read(stream)).toEqual([]);
    const line = world.lines.find((one) => one.stream === stream);
    expect(line).toMatchObject({ message: 'ignored', reason: 'nothing to add', level: 'debug' });
  });

  it('records once, however often and wherever it is handled (I11)', async () => {
    const stream = aStream();
    const input = told('once', { type: 'Add', n: 5, words: 'once' });
    const [first, other] = [world.journal(), world.journal()];
    await tell(first, stream, input);
    const before = await world.store.read(stream);
    for (const journal of [first, other, world.withoutMemory()]) {
      expect(await tell(journal, stream, input)).toMatchObject({
        kind: 'ignored',
        reason: 'recorded before',
        state: { total: 5 },
      });
    }
    expect(await world.store.read(stream)).toEqual(before);
  });

  it('records once when it is handled twice at the same time', async () => {
    const stream = aStream();
    const input = told('race', { type: 'Add', n: 5 });
    const [one, other] = [world.journal(), world.journal()];
    await Promise.all([
      tell(one, stream, input),
      tell(one, stream, input),
      tell(other, stream, input),
    ]);
    expect((await world.store.read(stream)).map(({ type }) => type)).toEqual(['Added']);
  });
});

describe('what is stored (A7, A11, I7)', () => {
  const cause = { stream: 'intake-1', revision: 4, hash: 'a'.repeat(64) };
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it('says who, when, why and under which trace, with nothing left out', async () => {
    const stream = aStream();
    const actor = { type: 'human', id: 'ana' } as const;
    const input = told('full', { type: 'Add', n: 1, words: 'x' }, { actor, cause, traceparent });
    await tell(world.journal(), stream, input);
    for (const event of await world.store.read(stream)) {
      expect(event.metadata).toEqual({
        schemaVersion: 1,
        occurredAt: '2026-01-05T08:59:00.000Z',
        recordedAt: world.clock.now(),
        actor,
        $correlationId: 'corr-1',
        $causationId: idOf('full'),
        caseId: idOf('case'),
        subjects: ['customer:8812'],
        prevHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        cause,
        traceparent,
      });
      expect(Object.values(event.metadata)).not.toContain(null);
    }
  });

  it('is chained: each event holds the hash of the one before it, the first holds noughts', async () => {
    const stream = aStream();
    const journal = world.journal();
    for (const n of [1, 2, 3]) {
      await tell(journal, stream, told(`c${n}`, { type: 'Add', n, words: `word ${n}` }));
    }
    const events = await world.store.read(stream);
    const hashes = events.map((event) => eventHash(event));
    expect(events.map((event) => metadataOf(event).prevHash)).toEqual([
      noHash,
      ...hashes.slice(0, -1),
    ]);
    expect(new Set(hashes).size).toBe(6);
  });

  it('never goes back in time, even when the clock does', async () => {
    const stream = aStream();
    const start = world.clock.now();
    const journal = world.journal();
    try {
      await tell(journal, stream, told('t1', { type: 'Add', n: 1 }));
      world.clock.set('2020-01-01T00:00:00.000Z');
      await tell(journal, stream, told('t2', { type: 'Add', n: 2 }));
      world.clock.advance(60_000);
      await tell(world.withoutMemory(), stream, told('t3', { type: 'Add', n: 3 }));
      world.clock.set(start);
      world.clock.advance(5);
      await tell(journal, stream, told('t4', { type: 'Add', n: 4 }));
    } finally {
      world.clock.set(start);
    }
    const events = await world.store.read(stream);
    const recorded = events.map((event) => metadataOf(event).recordedAt);
    expect(recorded.slice(0, 3)).toEqual([start, start, start]);
    expect(recorded[3]! > start).toBe(true);
  });

  it('has people only in boxes, under their own key, or under the case when nobody is named', async () => {
    const stream = aStream();
    const nobody = { subjects: [] };
    await tell(world.journal(), stream, told('s1', { type: 'Add', n: 1, words: 'Mara called' }));
    await tell(
      world.journal(),
      stream,
      told('s2', { type: 'Add', n: 1, words: 'Tom rang' }, nobody),
    );
    const events = await world.store.read(stream);
    expect(JSON.stringify(events)).not.toMatch(/Mara|Tom|words/);
    const boxes = events.map(({ data }) => (data as { sealed?: object }).sealed ?? {});
    expect(boxes.map(Object.keys)).toEqual([[], ['customer:8812'], [], [`case:${idOf('case')}`]]);
    const opened = await recall(world.withoutMemory(), events[1]!);
    expect(opened.data).toEqual({ words: 'Mara called', length: 11 });
    const moved = { ...events[1]!, stream: 'tally-elsewhere' };
    await expect(recall(world.withoutMemory(), moved)).rejects.toThrow('does not open');
  });

  it('has one log line an event, with ids and without content', async () => {
    const stream = aStream();
    await tell(world.journal(), stream, told('logged', { type: 'Add', n: 1, words: 'Mara' }));
    const lines = world.lines.filter((line) => line.stream === stream && line.level === 'info');
    expect(lines.map(({ message, revision }) => [message, revision])).toEqual([
      ['Added', 0],
      ['Said', 1],
    ]);
    expect(lines[0]).toMatchObject({
      correlationId: 'corr-1',
      caseId: idOf('case'),
      causationId: idOf('logged'),
      actor: 'service:counter',
    });
    expect(JSON.stringify(lines)).not.toContain('Mara');
  });
});

describe('a store that does not play along', () => {
  it('is an outage after ten writers in a row were faster', async () => {
    const stream = aStream();
    let appends = 0;
    const contested: EventStore = {
      ...world.store,
      append: () => {
        appends += 1;
        return Promise.reject(new WrongExpectedRevision(stream, 'no-stream', 0));
      },
    };
    const journal = world.journal({ store: contested });
    const handled = tell(journal, stream, told('1', { type: 'Add', n: 1 }));
    await expect(handled).rejects.toThrow(StoreUnavailable);
    expect(appends).toBe(10);
  });

  it('may lose the answer: the same input again records nothing more', async () => {
    const stream = aStream();
    let answered = false;
    const forgetful: EventStore = {
      ...world.store,
      append: async (...args) => {
        const appended = await world.store.append(...args);
        if (answered) return appended;
        answered = true;
        throw new StoreUnavailable('the answer was lost');
      },
    };
    const journal = world.journal({ store: forgetful });
    const input = told('1', { type: 'Add', n: 1, words: 'once' });
    await expect(tell(journal, stream, input)).rejects.toThrow(StoreUnavailable);
    expect(await tell(journal, stream, input)).toMatchObject({ reason: 'recorded before' });
    await tell(journal, stream, told('2', { type: 'Add', n: 2 }));
    const events = await world.store.read(stream);
    expect(events.map(({ type }) => type)).toEqual(['Added', 'Said', 'Added']);
    expect(metadataOf(events[2]!).prevHash).toBe(eventHash(events[1]!));
  });

  it('may hold a stream longer than one read: the decision stands on all of it', async () => {
    const stream = aStream();
    const input = (n: number) => told(`long ${n}`, { type: 'Add', n: 1 });
    const writer = world.journal();
    for (let n = 0; n < 1_005; n += 1) await tell(writer, stream, input(n));
    const last = await tell(world.withoutMemory(), stream, input(1_005));
    expect(last).toMatchObject({ kind: 'recorded', revision: 1_005, state: { total: 1_006 } });
  }, 60_000);
});
