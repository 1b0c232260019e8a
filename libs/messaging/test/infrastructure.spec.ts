import { describe, expect, it } from '@jest/globals';
import { numberOf, range } from '../src/conformance/harness.js';
import type { Bus, ConsumeOptions, ReceivedRecord } from '../src/port.js';
import { letters, record, scratchLanes, topic } from './scratch-lanes.js';
import { until } from './scratch-world.js';

const { openWorld, run, stillToCome } = scratchLanes();

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
    expect(await letters(world)).toEqual([]);
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
      expect(await letters(world)).toEqual([]);
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

  it('a partition that goes while its fences cannot be read leaves no trouble behind', async () => {
    const world = openWorld();
    let given: ConsumeOptions | undefined;
    const consume: Bus['consume'] = async (options) => {
      given = options;
      return { close: async () => undefined };
    };
    const lanes = await run(world, () => undefined, { bus: { ...world.bus, consume } });
    let revoked = false;
    const assignment = {
      ...{ topic, partition: 0, pause: () => undefined, resume: () => undefined },
      commit: async () => undefined,
      get revoked() {
        return revoked;
      },
    };
    world.outages.store = true;
    const assigned = given!.assigned!(assignment);
    await until(() => lanes.state.name === 'paused', 'paused');
    revoked = true;
    await assigned;
    expect(lanes.state).toEqual({ name: 'running' });
  });
});
