import { describe, expect, it } from '@jest/globals';
import { range } from '../src/conformance/harness.js';
import { deadLetterDesk, type FencedKey } from '../src/dead-letter-desk.js';
import type { Bus, ConsumeOptions } from '../src/port.js';
import { toReplayRecord } from '../src/replay-request.js';
import { handling, letters, record, scratchLanes, topic } from './scratch-lanes.js';
import { until, type ScratchWorld } from './scratch-world.js';

const { openWorld, run } = scratchLanes();
const deskOf = (world: ScratchWorld) => deadLetterDesk({ service: 'agent', ...world });

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
    await until(() => lanes.fences.open.length === 0, 'lifted');
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
    await until(async () => (await desk.list()).length === 0, 'lifted');
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
      expect(found!.letters.map(({ record: { value } }) => value)).toEqual(['1', '2', '3', '4']);
    }
    const [listed] = await desk.list();
    expect(listed!.letters.map(({ record: { value } }) => value)).toEqual(['', '', '', '']);
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

  it('takes again a message that had no key', async () => {
    const world = openWorld();
    const done: number[] = [];
    const poison = new Set([0]);
    const from = 'intake.crm.v1';
    const lanes = await run(world, handling(poison, done), { topics: [from] });
    await world.bus.publish([record('', 0, { topic: from })]);
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    poison.clear();
    await deskOf(world).replay('id-0', { by: 'sre:ana' });
    await until(() => lanes.fences.open.length === 0, 'lifted');
    expect(done).toEqual([0]);
  });

  it('is done by a member that has not yet heard of the fence: no key, another partition', async () => {
    const world = openWorld();
    const done: number[] = [];
    const poison = new Set([0]);
    let given: ConsumeOptions | undefined;
    const consume: Bus['consume'] = async (options) => {
      given = options;
      return { close: async () => undefined };
    };
    await run(world, handling(poison, done), { bus: { ...world.bus, consume } });
    const commit = async () => undefined;
    const still = { pause: () => undefined, resume: () => undefined, commit };
    const other = { topic, partition: 1, revoked: false, ...still };
    await given!.assigned!(other);

    await run(world, handling(poison, done));
    await world.bus.publish([record('', 0)]);
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    poison.clear();
    const [{ fence }] = (await deskOf(world).list()) as [FencedKey];
    const request = toReplayRecord(fence, { fence: fence.id, skip: [], by: 'sre:ana' });
    await given!.deliver([{ ...request, partition: 1, offset: 7 }], other);
    await until(async () => (await deskOf(world).list()).length === 0, 'lifted');
    expect(done).toEqual([0]);
  });

  it('is not hidden by what somebody else wrote among the dead letters', async () => {
    const { world, desk } = await fenced(new Set([1]), []);
    await world.bus.publish([record('case-1', 7, { topic: 'agent.dead-letters.v1' })]);
    const [{ letters: found }] = (await desk.list()) as [FencedKey];
    expect(found).toHaveLength(4);
  });
});
