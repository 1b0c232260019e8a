import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Effect, Recorded } from '@countersign/decider';
import { startAlarmKeeper, type AlarmKeeper } from '../src/alarm-keeper.js';
import { alarmTable, type DueAlarm } from '../src/alarm-table.js';
import { startLease, type Lease } from '../src/lease.js';
import type { EventStore } from '../src/port.js';
import { startRelay, type Relay } from '../src/relay.js';
import { openView, type View } from '../src/view-file.js';
import { aStream, openWorld, tell, told, type JournalWorld } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';
import { severable } from './severable.js';
import type { TallyFact } from './tally.js';
import { until } from './until.js';

const folder = scratchFolder();
let world: JournalWorld;
beforeAll(async () => {
  world = await openWorld(join(folder, 'standby'));
});
afterAll(() => world.close());

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** A machine that stands still for half a second must not take a lease away. */
const ttlMs = 1_200;
let services = 0;
let processes = 0;
const newService = () => `s${(services += 1)}`;

const react = (event: Recorded<TallyFact>): readonly Effect[] => [
  { name: 'heard', topic: 't', type: 'heard', data: event.data },
];

/** One process of a service: a lease, a relay and a keeper under it, a view of its own. */
interface Process {
  readonly lease: Lease;
  readonly relay: Relay;
  readonly keeper: AlarmKeeper;
  readonly view: View;
  /** Ids of what it published, in order. */
  readonly published: string[];
  readonly fired: DueAlarm[];
  close(): Promise<void>;
}

const startProcess = async (
  service: string,
  prefix: string,
  store: EventStore = world.store,
  leased: (lease: Lease) => Lease | undefined = (lease) => lease,
): Promise<Process> => {
  const journal = world.journal({ service, store });
  const { clock, log } = journal;
  const holder = `p${(processes += 1)}`;
  const own = startLease({ store, name: service, holder, clock, log, ttlMs });
  const lease = leased(own);
  const view = await openView({
    path: join(folder, `${holder}.view.db`),
    schema: alarmTable.schema,
    version: 1,
    store,
    prefixes: [prefix],
    project: alarmTable.prepare,
  });
  const published: string[] = [];
  const fired: DueAlarm[] = [];
  const relay = await startRelay<TallyFact>(journal, {
    prefixes: [prefix],
    react,
    publish: async (messages) => void published.push(...messages.map(({ message }) => message.id)),
    lease,
  });
  const fire = async (alarm: DueAlarm) => {
    fired.push(alarm);
    const input = told('', { type: 'Settle', alarmId: alarm.id });
    await tell(journal, alarm.stream, { ...input, id: alarm.id });
  };
  const keeper = startAlarmKeeper({ view, clock, log, fire, lease });
  const close = async () => {
    for (const part of [keeper, relay, view, own]) await part.close();
  };
  opened.push({ close });
  return { lease: own, relay, keeper, view, published, fired, close };
};

const add = async (stream: string, n: number, dueInMs?: number) => {
  const dueAt =
    dueInMs === undefined
      ? {}
      : { dueAt: new Date(Date.parse(world.clock.now()) + dueInMs).toISOString() };
  const input = told(`${stream} ${n}`, { type: 'Add', n, ...dueAt });
  return (await tell(world.journal(), stream, input)) as { position: string };
};

const factsOf = async (stream: string, type: string) =>
  (await world.store.read(stream)).filter((event) => event.type === type);

describe('of two processes of one service', () => {
  it('one relays; the other stands by and goes on where it was (I10)', async () => {
    const [service, stream] = [newService(), aStream()];
    const cut = severable(world.store);
    const first = await startProcess(service, stream, cut.store);
    await until(() => first.lease.isHeld());
    const second = await startProcess(service, stream);
    for (const n of [1, 2, 3]) await add(stream, n);
    await until(() => first.published.length === 3);
    expect(first.relay.state).toBe('live');
    expect(second.relay.state).toBe('standby');
    expect(second.published).toEqual([]);

    cut.sever(true);
    for (const n of [4, 5]) await add(stream, n);
    await until(() => second.published.length >= 2);
    await until(() => second.relay.state === 'live');
    expect(new Set([...first.published, ...second.published]).size).toBe(5);
    // Everything after the checkpoint comes from the second one, in order.
    expect(second.published.slice(-2)).toHaveLength(2);
    expect(first.published).toHaveLength(3);
    cut.sever(false);
    await until(() => first.relay.state === 'standby');
  });

  it('one fires alarms; the other, whose view is warm, fires what comes due later (I12)', async () => {
    const [service, stream] = [newService(), aStream()];
    const cut = severable(world.store);
    const first = await startProcess(service, stream, cut.store);
    await until(() => first.lease.isHeld());
    const second = await startProcess(service, stream);
    await add(stream, 1, 1_000);
    const { position } = await add(stream, 2, 60_000);
    for (const { view } of [first, second]) expect(await view.waitFor(position)).toBe(true);
    world.clock.advance(1_000);
    await until(() => first.fired.length === 1);
    await until(async () => (await factsOf(stream, 'Settled')).length === 1);

    cut.sever(true);
    await until(() => second.lease.isHeld());
    expect(second.fired).toEqual([]);
    world.clock.advance(60_000);
    await until(() => second.fired.length === 1);
    await until(async () => (await factsOf(stream, 'Settled')).length === 2);
    expect(second.fired[0]).toMatchObject({ name: 'due:2' });
    expect(first.fired).toHaveLength(1);
    cut.sever(false);
  });

  it('both may relay and fire at once: ids are the same, and the stream moves once (I10, I12)', async () => {
    const [service, stream] = [newService(), aStream()];
    const withoutLease = () => undefined;
    const [first, second] = [
      await startProcess(service, stream, world.store, withoutLease),
      await startProcess(service, stream, world.store, withoutLease),
    ];
    await add(stream, 1, 1_000);
    const { position } = await add(stream, 2, 1_000);
    for (const { view } of [first, second]) expect(await view.waitFor(position)).toBe(true);
    world.clock.advance(1_000);
    await until(() => first.fired.length === 2 && second.fired.length === 2);
    await until(() => first.published.length >= 4 && second.published.length >= 4);
    expect(await factsOf(stream, 'Settled')).toHaveLength(2);
    expect(second.published).toEqual(first.published);
    expect(new Set(first.published).size).toBe(4);
  });

  it('the one that closes hands over at once', async () => {
    const [service, stream] = [newService(), aStream()];
    const first = await startProcess(service, stream);
    await until(() => first.lease.isHeld());
    const second = await startProcess(service, stream);
    await add(stream, 1);
    await until(() => first.published.length === 1);
    await first.close();
    await add(stream, 2);
    await until(() => second.published.length === 1);
    expect(second.lease.epoch).toBe(2);
  });
});
