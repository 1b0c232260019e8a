import { afterEach, describe, expect, it } from '@jest/globals';
import { failpointsFrom } from '@countersign/failpoints';
import { numbered, numberOf, range } from '../src/conformance/harness.js';
import { runInLanes, type Lanes, type LanesOptions } from '../src/lanes.js';
import type { OutgoingRecord, ReceivedRecord } from '../src/port.js';
import { scratchFolder } from './scratch-folder.js';
import { scratchWorld, until, type ScratchWorld } from './scratch-world.js';

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
const allOf = async (records: AsyncIterable<ReceivedRecord>) => {
  const all: ReceivedRecord[] = [];
  for await (const record of records) all.push(record);
  return all;
};
const deadLetters = (world: ScratchWorld) => allOf(world.bus.browse('agent.dead-letters.v1'));
const record = (key: string, n: number): OutgoingRecord => ({
  topic,
  key,
  value: String(n),
  headers: { ce_id: `id-${n}`, ce_type: 'countersign.Test.v1' },
});
/** Everything that a new run of the same group is still given. */
const stillToCome = async (world: ScratchWorld): Promise<number[]> => {
  const seen: number[] = [];
  const again = await run(world, (r) => void seen.push(numberOf(r)));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await again.close();
  return seen;
};

describe('lanes', () => {
  it('run the same key in order and different keys at once', async () => {
    const world = openWorld();
    const running = new Set<string>();
    let most = 0;
    const done: Record<string, number[]> = { a: [], b: [], c: [] };
    await run(world, async (r) => {
      expect(running.has(r.key)).toBe(false);
      running.add(r.key);
      most = Math.max(most, running.size);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      running.delete(r.key);
      done[r.key]!.push(numberOf(r));
    });
    await world.bus.publish(numbered(topic, 0, 90, ['a', 'b', 'c']));
    await until(() => Object.values(done).flat().length === 90, 'all handled');
    expect(most).toBe(3);
    for (const [start, key] of ['a', 'b', 'c'].entries()) {
      expect(done[key]).toEqual(range(0, 30).map((n) => n * 3 + start));
    }
  });

  it('handle no more keys at once than they may', async () => {
    const world = openWorld();
    let now = 0;
    let most = 0;
    let handled = 0;
    const handle = async () => {
      most = Math.max(most, (now += 1));
      await new Promise(setImmediate);
      now -= 1;
      handled += 1;
    };
    await run(world, handle, { limits: { keysInFlightMax: 4 } });
    await world.bus.publish(range(0, 100).map((n) => record(`key-${n}`, n)));
    await until(() => handled === 100, 'all handled');
    expect(most).toBe(4);
  });

  it('take no more records than they may until some are done', async () => {
    const world = openWorld();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let started = 0;
    const handle = async () => {
      started += 1;
      await held;
    };
    const limits = { keysInFlightMax: 1_000, takenMax: 10 };
    await run(world, handle, { limits });
    for (let n = 0; n < 50; n += 5) {
      await world.bus.publish(range(n, n + 5).map((m) => record(`key-${m}`, m)));
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(started).toBeLessThan(20);
    release();
    await until(() => started === 50, 'all handled');
  });

  it('commit when closing what is done, and only up to the first that is not', async () => {
    const world = openWorld();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const done: number[] = [];
    const lanes = await run(world, async (r) => {
      if (r.key === 'slow') await held;
      done.push(numberOf(r));
    });
    await world.bus.publish([record('a', 0), record('b', 1), record('slow', 2), record('a', 3)]);
    await until(() => done.length === 3, 'all but the slow one');
    await lanes.close(20);
    release();
    expect(lanes.state).toEqual({ name: 'closed' });
    expect(await stillToCome(world)).toEqual([2, 3]);
  });

  it('let a running handler finish when closing, and launch no other', async () => {
    const world = openWorld();
    const done: number[] = [];
    let began = false;
    const lanes = await run(world, async (r) => {
      began = true;
      await new Promise((resolve) => setTimeout(resolve, 30));
      done.push(numberOf(r));
    });
    await world.bus.publish([record('a', 0), record('a', 1)]);
    await until(() => began, 'the first has begun');
    await lanes.close();
    expect(done).toEqual([0]);
    expect(await stillToCome(world)).toEqual([1]);
  });

  it('try a failing message three times before giving up, and count the tries', async () => {
    const world = openWorld();
    const tries: number[] = [];
    await run(world, (_r, { number }) => {
      tries.push(number);
      if (tries.length < 3) throw new Error('not yet');
    });
    await world.bus.publish([record('a', 0)]);
    await until(() => tries.length === 3, 'three tries');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tries).toEqual([1, 2, 3]);
    expect(await deadLetters(world)).toEqual([]);
  });

  it('reach their failpoints, and a fault there loses nothing', async () => {
    const world = openWorld();
    const faults: string[] = [];
    const spec = ['before_handle=throw', 'after_handle=throw', 'before_offset_commit=throw']
      .map((point) => `agent.${point}`)
      .join(',');
    const failpoints = failpointsFrom(spec, (point) => faults.push(point));
    let handled = 0;
    const lanes = await run(world, () => void (handled += 1), { failpoints });
    await world.bus.publish([record('a', 0)]);
    await until(() => faults.length === 3, 'all three');
    await lanes.close();
    expect(handled).toBe(2);
    expect(await stillToCome(world)).toEqual([]);
  });
});

describe('when infrastructure is away (rule 14)', () => {
  const unavailable = (cause: unknown) => new Error('append failed', { cause });
  const storeAway = () =>
    Object.assign(new Error('no leader'), { name: 'StoreUnavailable' as const });

  it('the partition pauses, no offset passes, and everything is handled when it is back', async () => {
    const world = openWorld();
    let away = true;
    let tries = 0;
    const done: number[] = [];
    const lanes = await run(world, (r) => {
      tries += 1;
      if (away) throw unavailable(unavailable(storeAway()));
      done.push(numberOf(r));
    });
    await world.bus.publish(range(0, 200).map((n) => record(`key-${n % 7}`, n)));
    await until(() => lanes.state.name === 'paused', 'paused');
    expect(lanes.state).toMatchObject({ because: expect.stringContaining('StoreUnavailable') });
    // Only one probe at a time goes out while it is away.
    const afterFirst = tries;
    await until(() => tries >= afterFirst + 3, 'some probes');
    expect(tries).toBeLessThan(30);
    expect(await deadLetters(world)).toEqual([]);
    away = false;
    await until(() => done.length === 200, 'all handled');
    expect(lanes.state).toEqual({ name: 'running' });
    for (const key of range(0, 7)) {
      const ofKey = done.filter((n) => n % 7 === key);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
  });

  it('a restart meanwhile finds every message again', async () => {
    const world = openWorld();
    const lanes = await run(world, (r) => {
      if (numberOf(r) >= 2) throw unavailable(storeAway());
    });
    await world.bus.publish([record('a', 0), record('b', 1), record('c', 2), record('d', 3)]);
    await until(() => lanes.state.name === 'paused', 'paused');
    await lanes.close(20);
    expect(await stillToCome(world)).toEqual([2, 3]);
  });

  it.each([{ infrastructure: true }, { name: 'BusUnavailable' }])(
    '%j is told from a fault of the message, however deep it lies',
    async (mark) => {
      const world = openWorld();
      let tries = 0;
      await run(world, () => {
        tries += 1;
        if (tries <= 5) throw unavailable(unavailable(Object.assign(new Error('x'), mark)));
      });
      await world.bus.publish([record('a', 0)]);
      await until(() => tries === 6, 'more tries than a message gets');
      expect(await deadLetters(world)).toEqual([]);
    },
  );

  it('pauses one partition and leaves the others alone', async () => {
    const world = openWorld();
    const other = 'agent.answers.v1';
    const done: string[] = [];
    const handle = (r: ReceivedRecord) => {
      if (r.topic === topic) throw unavailable(storeAway());
      done.push(r.topic);
    };
    const lanes = await run(world, handle, { topics: [topic, other] });
    await world.bus.publish([record('a', 0)]);
    await until(() => lanes.state.name === 'paused', 'paused');
    await world.bus.publish([{ ...record('a', 1), topic: other }]);
    await until(() => done.length === 1, 'the other partition');
  });

  it('waits with everything while the fences cannot be read', async () => {
    const world = openWorld();
    world.outages.store = true;
    let handled = 0;
    const lanes = await run(world, () => void (handled += 1));
    await world.bus.publish([record('a', 0)]);
    await until(() => lanes.state.name === 'paused', 'paused');
    expect(handled).toBe(0);
    world.outages.store = false;
    await until(() => handled === 1, 'handled');
    expect(lanes.state).toEqual({ name: 'running' });
  });
});
