import { afterEach, describe, expect, it } from '@jest/globals';
import { eventHash } from '@countersign/event-store';
import { numberOf, range } from '../src/conformance/harness.js';
import { deadLetterDesk } from '../src/dead-letter-desk.js';
import { readDeadLetter } from '../src/dead-letters.js';
import { Unacceptable } from '../src/failures.js';
import { runInLanes, type Lanes, type LanesOptions } from '../src/lanes.js';
import type { OutgoingRecord } from '../src/port.js';
import { scratchFolder } from './scratch-folder.js';
import { scratchWorld, start, until, type ScratchWorld } from './scratch-world.js';

const folder = scratchFolder();
const topic = 'agent.commands.v1';
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const openWorld = (at?: string) => {
  const world = scratchWorld(folder, at);
  closing.push(() => world.close());
  return world;
};
const run = async (
  world: ScratchWorld,
  handle: LanesOptions['handle'],
  more: Partial<LanesOptions> = {},
): Promise<Lanes> => {
  const options = { service: 'agent', topics: [topic], ...world, handle, ...more } as const;
  const lanes = await runInLanes(options);
  closing.push(() => lanes.close(100));
  return lanes;
};
const record = (key: string, n: number, more: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic,
  key,
  value: String(n),
  headers: { ce_id: `id-${n}`, ce_type: 'countersign.Test.v1', traceparent: '00-ab-cd-01' },
  ...more,
});
const letters = async (world: ScratchWorld) => {
  const all = [];
  for await (const found of world.bus.browse('agent.dead-letters.v1')) all.push(found);
  return all;
};
const deskOf = (world: ScratchWorld) => deadLetterDesk({ service: 'agent', ...world });

/** Handles everything but the numbers in `poison`, and remembers what it handled. */
const handling = (poison: Set<number>, done: number[]) => (r: { value: string | Uint8Array }) => {
  if (poison.has(numberOf(r))) throw new TypeError('cannot take "it"');
  done.push(numberOf(r));
};

describe('a message that cannot be taken (I18)', () => {
  it('delays no other key, even while it waits for its next try', async () => {
    const world = openWorld();
    const never = { after: () => () => undefined, random: () => 0.5 };
    const done: number[] = [];
    await run(world, handling(new Set([0]), done), { waits: never });
    await world.bus.publish(range(0, 100).map((n) => record(`key-${n % 10}`, n)));
    await until(() => done.length === 90, 'every other key');
    expect(done.filter((n) => n % 10 === 0)).toEqual([]);
  });

  it('is dead-lettered as it came, with its cause, place and instants; its key is fenced', async () => {
    const world = openWorld();
    const lanes = await run(world, () => {
      world.clock.advance(1_000);
      throw new TypeError('cannot take "Ana Silva"', { cause: new Error('deeper') });
    });
    const value = new Uint8Array([1, 2, 255]);
    await world.bus.publish([record('case-1', 7, { value })]);
    await until(async () => (await letters(world)).length === 1, 'a dead letter');

    const [published] = await letters(world);
    expect(published!.key).toBe('case-1');
    expect(Buffer.from(published!.value as Uint8Array)).toEqual(Buffer.from(value));
    const letter = readDeadLetter(published!);
    expect(letter).toMatchObject({
      key: 'case-1',
      messageId: 'id-7',
      messageType: 'countersign.Test.v1',
      behind: false,
      cause: { code: 'handler-failed', text: 'TypeError: cannot take … ← Error: deeper' },
      firstFailedAt: '2026-01-05T09:00:01.000Z',
      lastFailedAt: '2026-01-05T09:00:03.000Z',
    });
    expect(letter.record).toEqual({
      ...record('case-1', 7),
      value: published!.value,
      partition: 0,
      offset: 1,
    });
    expect(lanes.fences.of(topic, 'case-1')).toMatchObject({ id: letter.fence, offset: 1 });
  });

  it('goes to the dead letters at once when it can never be taken', async () => {
    const world = openWorld();
    let tries = 0;
    await run(world, () => {
      tries += 1;
      throw new Unacceptable('unknown-type', 'no message type is called "Nonsense"');
    });
    await world.bus.publish([record('case-1', 0)]);
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    expect(tries).toBe(1);
    const { cause } = readDeadLetter((await letters(world))[0]!);
    expect(cause.code).toBe('unknown-type');
    expect(cause.text).toContain('"Nonsense"');
  });

  it('takes the later messages of its key along, marked as behind it, and no others', async () => {
    const world = openWorld();
    const done: number[] = [];
    const other = 'agent.answers.v1';
    await run(world, handling(new Set([2]), done), { topics: [topic, other] });
    await world.bus.publish([
      ...range(0, 10).map((n) => record(`key-${n % 2}`, n)),
      record('key-0', 10, { topic: other }),
    ]);
    await until(async () => (await letters(world)).length === 4, 'the poison and three behind');
    expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 3, 5, 7, 9, 10]);
    const read = (await letters(world)).map(readDeadLetter);
    expect(read.map((letter) => numberOf(letter.record))).toEqual([2, 4, 6, 8]);
    expect(read.map(({ behind }) => behind)).toEqual([false, true, true, true]);
    expect(read[1]!.cause).toMatchObject({ code: 'behind' });
  });

  it('passes no offset before its dead letter is durable', async () => {
    const world = openWorld();
    world.outages.publish = (to) => to.includes('dead-letters');
    let tries = 0;
    const poison = (r: { value: string | Uint8Array }) => {
      if (numberOf(r) === 1) throw new Error(`try ${(tries += 1)}`);
    };
    const lanes = await run(world, poison);
    await world.bus.publish([record('a', 0), record('b', 1), record('c', 2)]);
    await until(() => lanes.state.name === 'paused', 'paused');
    await lanes.close(20);
    const again: number[] = [];
    const second = await run(world, (r) => void again.push(numberOf(r)));
    await until(() => again.length > 0, 'redelivery');
    await new Promise((resolve) => setTimeout(resolve, 30));
    // Its key was fenced before: it is not handled again, only buried.
    expect(again).toEqual([2]);
    expect(second.state.name).toBe('paused');
    world.outages.publish = () => false;
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    const { behind, cause } = readDeadLetter((await letters(world))[0]!);
    expect({ behind, cause: cause.text }).toEqual({ behind: false, cause: 'Error: try 3' });
    expect(tries).toBe(3);
  });

  it('passes no offset and is not tried anew while its fence cannot be appended', async () => {
    const world = openWorld();
    let tries = 0;
    const lanes = await run(world, () => {
      world.outages.store = true;
      throw new Error(`try ${(tries += 1)}`);
    });
    await world.bus.publish([record('a', 0)]);
    await until(() => lanes.state.name === 'paused', 'paused');
    expect(await letters(world)).toEqual([]);
    world.outages.store = false;
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    expect(tries).toBe(3);
    await until(() => lanes.state.name === 'running', 'running again');
  });

  it('fences nobody else when it has no key; its dead letter goes by the name of its source', async () => {
    const world = openWorld();
    const done: number[] = [];
    const from = 'intake.crm.v1';
    await run(world, handling(new Set([0]), done), { topics: [from] });
    await world.bus.publish(range(0, 3).map((n) => record('', n, { topic: from })));
    await until(() => done.length === 2, 'the others');
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    const [published] = await letters(world);
    expect(published!.key).toBe('crm');
    expect(readDeadLetter(published!).record.key).toBe('');
  });
});

describe('fences', () => {
  it('hold after a restart, each event with its envelope and chained to the one before', async () => {
    const world = openWorld();
    const lanes = await run(world, handling(new Set([0, 1]), []));
    await world.bus.publish([record('a', 0), record('b', 1)]);
    await until(() => lanes.fences.open.length === 2, 'two fences');
    const [first, second] = await world.store.read('fence-agent');
    expect(first).toMatchObject({
      type: 'KeyFenced',
      data: { topic, key: 'a', offset: 1, cause: { code: 'handler-failed' } },
      metadata: {
        recordedAt: start,
        actor: { type: 'service', id: 'agent' },
        $causationId: 'id-0',
        $correlationId: 'a',
        prevHash: '0'.repeat(64),
      },
    });
    expect(second!.metadata).toMatchObject({ prevHash: eventHash(first!) });
    await lanes.close();
    await world.close();

    const again = openWorld(world.folder);
    const done: number[] = [];
    await run(again, handling(new Set(), done));
    await again.bus.publish([record('a', 2), record('c', 3)]);
    await until(async () => (await letters(again)).length === 3, 'the next of the key too');
    expect(done).toEqual([3]);
  });

  it('are raised by two writers at once without losing one', async () => {
    const world = openWorld();
    const other = 'agent.answers.v1';
    const poison = handling(new Set(range(0, 40)), []);
    const one = await run(world, poison, { group: 'one' });
    const two = await run(world, poison, { group: 'two', topics: [other] });
    await world.bus.publish(range(0, 20).map((n) => record(`key-${n}`, n)));
    await world.bus.publish(range(20, 40).map((n) => record(`key-${n}`, n, { topic: other })));
    await until(async () => (await letters(world)).length === 40, 'all buried');
    const fenced = await world.store.read('fence-agent');
    expect(fenced.map(({ revision }) => revision)).toEqual(range(0, 40));
    expect(new Set(fenced.map(({ data }) => (data as { key: string }).key)).size).toBe(40);
    await Promise.all([one.fences.load(), two.fences.load()]);
    expect(one.fences.open).toHaveLength(40);
    expect(two.fences.open).toHaveLength(40);
  });

  it('are read however many there have been', async () => {
    const world = openWorld();
    const lanes = await run(world, handling(new Set(range(0, 1_200)), []));
    await world.bus.publish(range(0, 1_200).map((n) => record(`key-${n}`, n)));
    await until(async () => (await letters(world)).length === 1_200, 'all buried');
    await lanes.close();
    const desk = await deskOf(world).list();
    expect(desk).toHaveLength(1_200);
    const done: number[] = [];
    await run(world, handling(new Set(), done));
    await world.bus.publish([record('key-1199', 1_200), record('fresh', 1_201)]);
    await until(async () => (await letters(world)).length === 1_201, 'still fenced');
    expect(done).toEqual([1_201]);
  });
});

describe('a replay', () => {
  const fenced = async (poison: Set<number>, done: number[]) => {
    const world = openWorld();
    const lanes = await run(world, handling(poison, done));
    await world.bus.publish(range(0, 5).map((n) => record('case-1', n)));
    await world.bus.publish([record('case-2', 100)]);
    await until(async () => (await letters(world)).length >= 4, 'the key is fenced');
    await until(() => done.includes(100), 'the other case');
    return { world, lanes, desk: deskOf(world) };
  };

  it('takes the messages of a fenced key again, in order, before any later one', async () => {
    const done: number[] = [];
    const poison = new Set([1]);
    const { world, lanes, desk } = await fenced(poison, done);
    poison.clear();
    await desk.replay('case-1', { by: 'sre:ana' });
    await world.bus.publish([record('case-1', 5), record('case-1', 6)]);
    await until(() => done.includes(6), 'the later ones');
    expect(done.filter((n) => n < 100)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(lanes.fences.open).toEqual([]);
    expect(await desk.list()).toEqual([]);
    expect(await letters(world)).toHaveLength(4);
    const [, lifted] = await world.store.read('fence-agent');
    expect(lifted).toMatchObject({
      type: 'KeyUnfenced',
      data: { key: 'case-1', replayed: 4, skipped: [], by: 'sre:ana' },
    });
  });

  it('lets nothing overtake that comes while it is asked for and while it runs', async () => {
    const done: number[] = [];
    const poison = new Set([1]);
    const { world, lanes, desk } = await fenced(poison, done);
    poison.clear();
    const publishing = (async () => {
      for (let n = 5; n < 60; n += 1) await world.bus.publish([record('case-1', n)]);
    })();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await desk.replay('case-1', { by: 'sre:ana' });
    await publishing;
    await until(() => done.includes(59), 'the last one');
    expect(done.filter((n) => n < 100)).toEqual(range(0, 60));
    expect(lanes.fences.open).toEqual([]);
  });

  it('loses nothing and stays fenced when a message fails again', async () => {
    const done: number[] = [];
    const poison = new Set([1]);
    const { world, lanes, desk } = await fenced(poison, done);
    const before = lanes.fences.open[0]!;
    poison.clear();
    poison.add(3);
    await desk.replay('case-1', { by: 'sre:ana' });
    await until(() => lanes.fences.open[0]?.offset !== before.offset, 'stopped at another message');
    expect(lanes.fences.open).toMatchObject([{ id: before.id, messageId: 'id-3' }]);
    await world.bus.publish([record('case-1', 5)]);
    await until(async () => (await letters(world)).length === 5, 'still behind');
    expect(done).not.toContain(5);

    poison.clear();
    await desk.replay('case-1', { by: 'sre:ana' });
    await until(() => done.includes(5), 'all');
    const once = [...new Set(done)].filter((n) => n < 100);
    expect(once).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await desk.list()).toEqual([]);
  });

  it('gives up a message that a person skips, and says so in the record', async () => {
    const done: number[] = [];
    const { world, desk } = await fenced(new Set([1]), done);
    await expect(desk.replay('case-1', { skip: ['id-99'], by: 'sre:ana' })).rejects.toThrow(
      'id-99',
    );
    const [replay] = await desk.replay('case-1', { skip: ['id-1'], by: 'sre:ana' });
    expect(replay!.taken.map(({ messageId }) => messageId)).toEqual(['id-2', 'id-3', 'id-4']);
    await until(async () => (await desk.list()).length === 0, 'lifted');
    expect(done.filter((n) => n < 100)).toEqual([0, 2, 3, 4]);
    const [, lifted] = await world.store.read('fence-agent');
    expect(lifted!.data).toMatchObject({ replayed: 3, skipped: [2] });
  });

  it('may be tried out: a dry run changes nothing', async () => {
    const done: number[] = [];
    const poison = new Set([1]);
    const { world, lanes, desk } = await fenced(poison, done);
    poison.clear();
    const [replay] = await desk.replay('id-3', { dryRun: true, by: 'sre:ana' });
    expect(replay).toMatchObject({ requested: false, fence: { key: 'case-1' } });
    expect(replay!.taken.map(({ messageId }) => messageId)).toEqual(
      range(1, 5).map((n) => `id-${n}`),
    );
    await world.bus.publish([record('case-2', 101)]);
    await until(() => done.includes(101), 'what was published after');
    expect(lanes.fences.open).toHaveLength(1);
  });

  it('is found by key, message or fence, and refuses what is not fenced', async () => {
    const { lanes, desk } = await fenced(new Set([1]), []);
    const [fence] = lanes.fences.open;
    for (const name of ['case-1', 'id-1', 'id-4', fence!.id]) {
      const [found] = await desk.show(name);
      expect(found!.fence.id).toBe(fence!.id);
      expect(found!.letters).toHaveLength(4);
    }
    expect(await desk.show('case-2')).toEqual([]);
    await expect(desk.replay('case-2', { by: 'sre:ana' })).rejects.toThrow('nothing of agent');
  });

  it('is harmless when it is asked for twice, or after the fence is gone', async () => {
    const done: number[] = [];
    const poison = new Set([1]);
    const { world, desk } = await fenced(poison, done);
    poison.clear();
    await Promise.all([desk.replay('case-1', { by: 'ana' }), desk.replay('case-1', { by: 'bo' })]);
    await world.bus.publish([record('case-1', 5)]);
    await until(() => done.includes(5), 'the later one');
    expect(done.filter((n) => n < 100)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await world.store.read('fence-agent')).toHaveLength(2);
  });

  it('begins again after a crash in the middle: repeats, nothing lost', async () => {
    const done: number[] = [];
    const poison = new Set([1]);
    const { world, lanes, desk } = await fenced(poison, done);
    poison.clear();
    world.outages.store = true;
    await desk.replay('case-1', { by: 'ana' }).catch(() => undefined);
    world.outages.store = false;
    await desk.replay('case-1', { by: 'ana' });
    world.outages.store = true;
    await until(() => lanes.state.name === 'paused' || done.length > 5, 'handled, not lifted');
    await lanes.close(10);
    world.outages.store = false;
    const second = await run(world, handling(poison, done));
    await world.bus.publish([record('case-1', 5)]);
    await until(() => done.includes(5), 'the later one');
    expect([...new Set(done)].filter((n) => n < 100)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(second.fences.open).toEqual([]);
  });
});
