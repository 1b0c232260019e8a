import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { effectIdOf, type Effect, type Recorded } from '@countersign/decider';
import type { Enclosure } from '@countersign/group-commit';
import { eventHash } from '../src/event-hash.js';
import { metadataOf, type Journal } from '../src/journal.js';
import { outboxOf } from '../src/outbox.js';
import { StoreUnavailable, WrongExpectedRevision, type EventStore } from '../src/port.js';
import { startRelay, type Outgoing, type Relay } from '../src/relay.js';
import { aStream, idOf, openWorld, tell, told, type JournalWorld } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';
import type { TallyFact } from './tally.js';
import { until } from './until.js';

const folder = scratchFolder();
let world: JournalWorld;
let journal: Journal;
let service: string;
let services = 0;
beforeAll(async () => {
  world = await openWorld(join(folder, 'relay'));
});
afterAll(() => world.close());

/** A service that nobody has relayed for yet. */
const newService = () => {
  service = `s${(services += 1)}`;
  journal = world.journal({ service });
};

/** One message for every event, two for what was said. */
const react = (event: Recorded<TallyFact>): readonly Effect[] => {
  const one = (name: string): Effect => ({ name, topic: 't', type: name, data: event.data });
  return event.type === 'Said' ? [one('heard:said#1'), one('noted:said#1')] : [one('heard:#1')];
};

const relayTo = (
  publish: (messages: readonly Outgoing[]) => Promise<void>,
  prefix: string,
  changed: Partial<Journal> = {},
): Promise<Relay> =>
  startRelay<TallyFact>({ ...journal, ...changed }, { prefixes: [prefix], react, publish });

const publishedInto = (messages: Outgoing[]) => async (batch: readonly Outgoing[]) => {
  messages.push(...batch);
};

const add = (stream: string, n: number, words?: string) =>
  tell(journal, stream, told(`${stream} ${n}`, { type: 'Add', n, ...(words && { words }) }));

const checkpoint = async () =>
  (await world.store.read(`relay-${service}`, { direction: 'backwards', limit: 1 }))[0]?.data;

describe('a relay (I10)', () => {
  it('publishes what each event asks for, in order, and names the event behind it', async () => {
    newService();
    const [stream, other] = [aStream(), aStream()];
    await add(stream, 1, 'Mara');
    await add(other, 1);
    await add(stream, 2);
    const messages: Outgoing[] = [];
    const relay = await relayTo(publishedInto(messages), 'tally-');
    await relay.caughtUp;
    await add(stream, 3, 'live');
    await until(() => messages.length === 8);
    await relay.close();

    const ours = messages.filter(({ message }) => message.source.stream === stream);
    const stored = await world.store.read(stream);
    const wanted = stored.flatMap((event) =>
      (event.type === 'Said' ? ['heard:said#1', 'noted:said#1'] : ['heard:#1']).map((name) => ({
        topic: 't',
        id: effectIdOf(event.id, name),
        causationId: event.id,
        source: { stream, revision: event.revision, hash: eventHash(event) },
        occurredAt: metadataOf(event).recordedAt,
      })),
    );
    expect(
      ours.map(({ topic, message: { id, causationId, source, occurredAt } }) => ({
        ...{ topic, id, causationId, source, occurredAt },
      })),
    ).toEqual(wanted);
    expect(ours[1]!.message).toMatchObject({
      caseId: idOf('case'),
      correlationId: 'corr-1',
      subjects: ['customer:8812'],
      schemaVersion: 1,
      actor: { type: 'service', id: 'counter' },
      data: { words: 'Mara', length: 4 },
    });
  });

  it('publishes again, under the same ids, what the bus did not take', async () => {
    newService();
    const stream = aStream();
    await add(stream, 1);
    const tried: string[][] = [];
    const relay = await relayTo(async (messages) => {
      tried.push(messages.map(({ message }) => message.id));
      if (tried.length < 3) throw new Error('the bus is away');
    }, stream);
    await until(() => relay.state === 'lost');
    await until(() => tried.length === 3);
    await relay.caughtUp;
    expect(relay.state).toBe('live');
    await relay.close();
    expect(tried[1]).toEqual(tried[0]);
    expect(tried[2]).toEqual(tried[0]);
  });

  it('publishes what did not go with its append, and only that', async () => {
    newService();
    const stream = aStream();
    const outbox = outboxOf(world.store);
    const messages: Outgoing[] = [];
    const along: Outgoing[] = [];
    const enclose = async (batch: readonly Outgoing[], published: () => void) => {
      along.push(...batch);
      return published as unknown as Enclosure;
    };
    const publishing: EventStore = {
      ...world.store,
      append: (at, expected, events, enclosure) => {
        (enclosure as unknown as (() => void) | undefined)?.();
        return world.store.append(at, expected, events);
      },
    };
    await add(stream, 1);
    journal = world.journal({ service, outbox, store: publishing });
    const publish = publishedInto(messages);
    const options = { prefixes: [stream], react, publish, enclose };
    const relay = await startRelay<TallyFact>(journal, options);
    await relay.caughtUp;
    await add(stream, 2);
    await add(aStream(), 3);
    await until(() => !outbox.wentAlong(along[0]!.message.causationId));
    await relay.close();
    await add(stream, 4);
    const again = await startRelay<TallyFact>(world.journal({ service }), options);
    await again.caughtUp;
    await again.close();
    const revisions = (of: readonly Outgoing[]) => of.map(({ message }) => message.source.revision);
    expect(revisions(along)).toEqual([1]);
    expect(revisions(messages)).toEqual([0, 2]);
  });

  it('goes on after its checkpoint when it is started again', async () => {
    newService();
    const stream = aStream();
    await add(stream, 1);
    const first: Outgoing[] = [];
    const before = await relayTo(publishedInto(first), stream);
    await before.caughtUp;
    await before.close();
    expect(first).toHaveLength(1);
    await add(stream, 2);

    const second: Outgoing[] = [];
    const after = await relayTo(publishedInto(second), stream);
    await after.caughtUp;
    await after.close();
    expect(second.map(({ message }) => message.source.revision)).toEqual([1]);
  });

  it('publishes the same messages again, under the same ids, when its checkpoint was lost', async () => {
    newService();
    const stream = aStream();
    for (const n of [1, 2, 3]) await add(stream, n, `words ${n}`);
    const runs: Outgoing[][] = [];
    for (const lost of [false, true]) {
      const messages: Outgoing[] = [];
      // Another replica, too, which remembers nothing.
      const changed = lost && {
        ...world.withoutMemory({ service }),
        store: withoutCheckpoint(world.store),
      };
      const relay = await relayTo(publishedInto(messages), stream, { ...changed });
      await relay.caughtUp;
      await relay.close();
      runs.push(messages);
    }
    expect(runs[0]).toHaveLength(9);
    expect(runs[1]).toEqual(runs[0]);
  });

  it('keeps few checkpoints', async () => {
    newService();
    const stream = aStream();
    for (let n = 1; n <= 14; n += 1) {
      await add(stream, n);
      const relay = await relayTo(() => Promise.resolve(), stream);
      await relay.caughtUp;
      await relay.close();
    }
    expect((await world.store.read(`relay-${service}`)).length).toBeLessThanOrEqual(10);
  });

  it('writes its checkpoint again where an answer was lost or another relay wrote', async () => {
    newService();
    const stream = aStream();
    let lost = false;
    const store: EventStore = {
      ...world.store,
      append: async (name, expected, events) => {
        const appended = await world.store.append(name, expected, events);
        if (lost || !name.startsWith('relay-')) return appended;
        lost = true;
        throw new StoreUnavailable('the answer was lost');
      },
    };
    const relay = await relayTo(() => Promise.resolve(), stream, { store });
    await add(stream, 1);
    await until(() => lost);
    // Written, though the relay does not know; the later ones must still come through.
    const { position } = (await add(stream, 2)) as { position: string };
    await until(async () => {
      const kept = (await checkpoint()) as { position: string } | undefined;
      return kept !== undefined && world.store.comparePositions(kept.position, position) >= 0;
    });
    await relay.close();
  });

  it('does not stop because a checkpoint cannot be written', async () => {
    newService();
    const stream = aStream();
    const store: EventStore = {
      ...world.store,
      append: (name, ...rest) =>
        name.startsWith('relay-')
          ? Promise.reject(new WrongExpectedRevision(name, 'no-stream', 7))
          : world.store.append(name, ...rest),
    };
    const messages: Outgoing[] = [];
    const relay = await relayTo(publishedInto(messages), stream, { store });
    for (const n of [1, 2, 3]) await add(stream, n);
    await until(() => messages.length === 3);
    await relay.close();
    const warned = world.lines.filter(({ message }) => message.includes('checkpoint not written'));
    expect(warned.map(({ level }) => level)).toEqual(['warn']);
  });
});

const withoutCheckpoint = (store: EventStore): EventStore => ({
  ...store,
  read: async (stream, options) => (stream.startsWith('relay-') ? [] : store.read(stream, options)),
});
