import { describe, expect, it } from '@jest/globals';
import { failpointsFrom } from '@countersign/failpoints';
import { numbered, numberOf, range } from '../src/conformance/harness.js';
import { letters, record, scratchLanes, topic } from './scratch-lanes.js';
import { until } from './scratch-world.js';

const { openWorld, run, stillToCome } = scratchLanes();

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
      await new Promise((resolve) => setTimeout(resolve, (numberOf(r) * 7) % 4));
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

  it('take no more bytes than they may until some are done, headers counted (I24)', async () => {
    const world = openWorld();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let started = 0;
    const handle = async () => {
      started += 1;
      await held;
    };
    await run(world, handle, { limits: { keysInFlightMax: 1_000, takenMaxBytes: 20_000 } });
    for (let n = 0; n < 50; n += 1) {
      await world.bus.publish([record(`key-${n}`, n, { headers: { large: 'x'.repeat(2_000) } })]);
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
    expect(await letters(world)).toEqual([]);
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
