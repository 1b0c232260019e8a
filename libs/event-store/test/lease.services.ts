import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLog } from '@countersign/telemetry';
import { startLease, type Lease } from '../src/lease.js';
import { StoreUnavailable, type EventStore } from '../src/port.js';
import { openWorld, type JournalWorld } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';
import { severable } from './severable.js';
import { until } from './until.js';

const folder = scratchFolder();
let world: JournalWorld;
beforeAll(async () => {
  world = await openWorld(join(folder, 'leases'));
});
afterAll(() => world.close());

/** Long enough for a busy machine to renew in time. */
const ttlMs = 1_600;
let names = 0;
let name: string;
const leases: Lease[] = [];
afterEach(async () => {
  for (const lease of leases.splice(0)) await lease.close();
});

const stand = (holder: string, store: EventStore = world.store): Lease => {
  const lease = startLease({ store, name, holder, clock: world.clock, log: silentLog, ttlMs });
  leases.push(lease);
  return lease;
};
const newName = () => (name = `l${(names += 1)}`);
const words = async () =>
  (await world.store.read(`lease-${name}`)).map(({ type, data }) => ({
    type,
    ...(data as { holder: string; epoch: number }),
  }));

/** Work that counts how often it began, and knows whether it runs. */
const counted = () => {
  const work = { begun: 0, running: false };
  return {
    work,
    begin: async () => {
      work.begun += 1;
      work.running = true;
      return { close: async () => void (work.running = false) };
    },
  };
};

describe('a lease', () => {
  it('is held by one, who renews it; the others stand by', async () => {
    newName();
    const first = stand('a');
    await until(() => first.isHeld());
    const second = stand('b');
    await new Promise((resolve) => setTimeout(resolve, 1.5 * ttlMs));
    expect(first).toMatchObject({ state: 'held', epoch: 1 });
    expect(second).toMatchObject({ state: 'standby', epoch: undefined });
    const said = await words();
    expect(said.length).toBeLessThanOrEqual(10);
    expect(said.at(-1)).toMatchObject({ type: 'LeaseRenewed', holder: 'a', epoch: 1 });
  });

  it('is left at once to a standby when its holder is closed, after what ran has ended', async () => {
    newName();
    const [first, second] = [stand('a'), stand('b')];
    await until(() => first.isHeld() || second.isHeld());
    const [holder, standby] = first.isHeld() ? [first, second] : [second, first];
    const { work, begin } = counted();
    const other = counted();
    holder.whileHeld(begin);
    standby.whileHeld(other.begin);
    await until(() => work.running);
    await holder.close();
    expect(work.running).toBe(false);
    expect((await words()).at(-1)).toMatchObject({ type: 'LeaseReleased', epoch: 1 });
    await until(() => other.work.running);
    expect(standby.epoch).toBe(2);
    expect(work.begun).toBe(1);
  });

  it('passes to a standby when its holder falls silent, who has stopped before', async () => {
    newName();
    const cut = severable(world.store);
    const first = stand('a', cut.store);
    await until(() => first.isHeld());
    const second = stand('b');
    const { work, begin } = counted();
    const other = counted();
    first.whileHeld(begin);
    second.whileHeld(other.begin);
    await until(() => work.running);
    cut.sever(true);
    await until(() => other.work.running);
    expect(first.isHeld()).toBe(false);
    expect(work.running).toBe(false);
    await until(() => first.state === 'lost');
    cut.sever(false);
    await until(() => first.state === 'standby');
    await second.close();
    await until(() => work.begun === 2);
    expect(first.epoch).toBe(3);
  });

  it('is not taken by a standby that slept: silence is what it saw itself, twice', async () => {
    newName();
    const first = stand('a');
    await until(() => first.isHeld());
    const cut = severable(world.store);
    const second = stand('b', cut.store);
    await new Promise((resolve) => setTimeout(resolve, ttlMs / 4));
    cut.sever(true);
    await new Promise((resolve) => setTimeout(resolve, 1.2 * ttlMs));
    cut.sever(false);
    await until(() => second.state === 'standby');
    // On a machine that stood still its holder is as careful, until it has renewed it.
    await until(() => first.isHeld());
    expect(second.isHeld()).toBe(false);
    expect(new Set((await words()).map(({ holder }) => holder))).toEqual(new Set(['a']));
  });

  it('goes to exactly one of those who want it at the same time', async () => {
    newName();
    const all = ['a', 'b', 'c', 'd', 'e'].map((holder) => stand(holder));
    await until(() => all.some((lease) => lease.isHeld()));
    await new Promise((resolve) => setTimeout(resolve, ttlMs / 2));
    expect(all.filter((lease) => lease.isHeld())).toHaveLength(1);
    expect((await words()).filter(({ type }) => type === 'LeaseTaken')).toHaveLength(1);
  });

  it('is taken up at once by a process that comes back under its name', async () => {
    newName();
    const cut = severable(world.store);
    const killed = stand('a', cut.store);
    await until(() => killed.isHeld());
    cut.sever(true);
    const standby = stand('b');
    const again = stand('a');
    await until(() => again.isHeld());
    expect(again.epoch).toBe(2);
    expect(standby.isHeld()).toBe(false);
  });

  it('does not go to and fro between two that were given one name by mistake', async () => {
    newName();
    const both = [stand('a'), stand('a')];
    await until(() => both.some((lease) => lease.isHeld()));
    await new Promise((resolve) => setTimeout(resolve, 1.2 * ttlMs));
    expect(both.filter((lease) => lease.isHeld())).toHaveLength(1);
    expect((await words()).at(-1)?.epoch).toBeLessThanOrEqual(2);
  });

  it('survives a renewal whose answer was lost', async () => {
    newName();
    let lost = 0;
    const store: EventStore = {
      ...world.store,
      append: async (...args) => {
        const appended = await world.store.append(...args);
        if (args[2][0]!.type !== 'LeaseRenewed' || (lost += 1) > 2) return appended;
        throw new StoreUnavailable('the answer was lost');
      },
    };
    const first = stand('a', store);
    await until(() => first.isHeld());
    const second = stand('b');
    await until(() => lost > 3);
    expect(first).toMatchObject({ state: 'held', epoch: 1 });
    expect(second.isHeld()).toBe(false);
  });

  it('begins its work again when that could not be begun, as long as it is held', async () => {
    newName();
    const first = stand('a');
    let tries = 0;
    const { work, begin } = counted();
    first.whileHeld(async () => {
      if ((tries += 1) < 2) throw new Error('not yet');
      return begin();
    });
    await until(() => work.running);
    expect(tries).toBe(2);
  });
});
