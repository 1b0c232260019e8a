import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startAlarmKeeper, type AlarmKeeper } from '../src/alarm-keeper.js';
import { alarmTable, type DueAlarm } from '../src/alarm-table.js';
import type { Journal } from '../src/journal.js';
import type { Lease } from '../src/lease.js';
import { StoreUnavailable } from '../src/port.js';
import { openView, type View } from '../src/view-file.js';
import { aStream, idOf, openWorld, tell, told, type JournalWorld } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';
import { until } from './until.js';

const folder = scratchFolder();
let world: JournalWorld;
let journal: Journal;
beforeAll(async () => {
  world = await openWorld(join(folder, 'alarms'));
  journal = world.journal();
});
afterAll(() => world.close());

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const viewOf = async (stream: string): Promise<View> => {
  const view = await openView({
    path: join(folder, `${stream}.view.db`),
    schema: alarmTable.schema,
    version: 1,
    store: world.store,
    prefixes: [stream],
    project: alarmTable.prepare,
  });
  opened.push(view);
  return view;
};

const keep = (
  view: Pick<View, 'reader' | 'caughtUp' | 'onBatch'>,
  fire: (alarm: DueAlarm) => Promise<void>,
): AlarmKeeper => {
  const keeper = startAlarmKeeper({ view, clock: world.clock, log: journal.log, fire });
  opened.push(keeper);
  return keeper;
};

const closeAll = async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
};

const inMs = (ms: number) => new Date(Date.parse(world.clock.now()) + ms).toISOString();
/** Opens an alarm, due so many milliseconds from now. */
const openAlarm = (stream: string, n: number, dueInMs: number) =>
  tell(journal, stream, told(`${stream} ${n}`, { type: 'Add', n, dueAt: inMs(dueInMs) }));

/** Lets the stream decide: what was settled before is settled no more. */
const settle = (alarm: DueAlarm) =>
  tell(journal, alarm.stream, { ...told('', { type: 'Settle', alarmId: alarm.id }), id: alarm.id });

/** Time for something to go wrong. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 60));

describe('an alarm keeper (I12)', () => {
  it('fires an alarm when it is due and not before, with the envelope of the fact', async () => {
    const stream = aStream();
    const fired: DueAlarm[] = [];
    const view = await viewOf(stream);
    keep(view, async (alarm) => void fired.push(alarm));
    const handled = await openAlarm(stream, 1, 10_000);
    await view.waitFor((handled as { position: string }).position);
    world.clock.advance(9_999);
    await aMoment();
    expect(fired).toEqual([]);
    world.clock.advance(1);
    await until(() => fired.length === 1);
    expect(fired).toEqual([
      {
        id: expect.any(String),
        name: 'due:1',
        dueAt: world.clock.now(),
        stream,
        caseId: idOf('case'),
        correlationId: 'corr-1',
        subjects: ['customer:8812'],
      },
    ]);
  });

  it('fires what is due the longest first, whatever was opened first', async () => {
    const stream = aStream();
    const order: string[] = [];
    for (const [n, dueInMs] of [500, 100, 400, 200, 300].entries()) {
      await openAlarm(stream, n + 1, dueInMs);
    }
    world.clock.advance(1_000);
    const view = await viewOf(stream);
    keep(view, async ({ name }) => void order.push(name));
    await until(() => order.length === 5);
    expect(order).toEqual(['due:2', 'due:4', 'due:5', 'due:3', 'due:1']);
  });

  it('waits for an alarm that is due earlier than the one it waited for', async () => {
    const stream = aStream();
    const fired: string[] = [];
    const view = await viewOf(stream);
    keep(view, async ({ name }) => void fired.push(name));
    await openAlarm(stream, 1, 5_000);
    const { position } = (await openAlarm(stream, 2, 1_000)) as { position: string };
    await view.waitFor(position);
    world.clock.advance(1_000);
    await until(() => fired.length === 1);
    expect(fired).toEqual(['due:2']);
  });

  it('never fires what was settled', async () => {
    const stream = aStream();
    const fired: string[] = [];
    const view = await viewOf(stream);
    keep(view, async ({ name }) => void fired.push(name));
    const handled = await openAlarm(stream, 1, 1_000);
    if (handled.kind !== 'recorded') throw new Error(handled.kind);
    const { id } = handled.events[0]!.opens[0]!;
    await tell(journal, stream, told(`${stream} settle`, { type: 'Settle', alarmId: id }));
    const { position } = (await openAlarm(stream, 2, 2_000)) as { position: string };
    await view.waitFor(position);
    world.clock.advance(3_000);
    await until(() => fired.length === 1);
    expect(fired).toEqual(['due:2']);
  });

  it.each(['kept', 'lost'])('fires after a restart, its view %s', async (fate) => {
    const stream = aStream();
    const fired: string[] = [];
    const view = await viewOf(stream);
    keep(view, async ({ name }) => void fired.push(name));
    const { position } = (await openAlarm(stream, 1, 1_000)) as { position: string };
    await view.waitFor(position);
    await closeAll();
    if (fate === 'lost') rmSync(join(folder, `${stream}.view.db`));
    world.clock.advance(48 * 3_600_000);
    keep(await viewOf(stream), async ({ name }) => void fired.push(name));
    await until(() => fired.length === 1);
    expect(fired).toEqual(['due:1']);
  });

  it('may fire twice, and the stream moves once (A2)', async () => {
    const stream = aStream();
    const fired: string[] = [];
    await openAlarm(stream, 1, 1_000);
    world.clock.advance(1_000);
    const view = await viewOf(stream);
    const fire = async (alarm: DueAlarm) => {
      fired.push(alarm.id);
      await settle(alarm);
    };
    keep(view, fire);
    keep(view, fire);
    await until(() => fired.length === 2);
    await closeAll();
    expect(new Set(fired).size).toBe(1);
    const types = (await world.store.read(stream)).map(({ type }) => type);
    expect(types).toEqual(['Added', 'Settled']);
  });

  it('does not fire again what moved nothing, though its row still stands', async () => {
    const stream = aStream();
    const fired: string[] = [];
    const view = await viewOf(stream);
    keep(view, async ({ name }) => void fired.push(name));
    await openAlarm(stream, 1, 100);
    const { position } = (await openAlarm(stream, 2, 200)) as { position: string };
    await view.waitFor(position);
    world.clock.advance(100);
    await until(() => fired.length === 1);
    world.clock.advance(-50);
    world.clock.advance(150);
    await until(() => fired.length === 2);
    await aMoment();
    expect(fired).toEqual(['due:1', 'due:2']);
  });
});

describe('an alarm keeper whose alarms cannot be fired', () => {
  it('waits for the store, and keeps the order', async () => {
    const stream = aStream();
    const tried: string[] = [];
    for (const n of [1, 2]) await openAlarm(stream, n, n * 10);
    world.clock.advance(100);
    keep(await viewOf(stream), async ({ name }) => {
      tried.push(name);
      if (tried.length === 1) throw new StoreUnavailable('away');
    });
    await until(() => tried.length === 3);
    expect(tried).toEqual(['due:1', 'due:1', 'due:2']);
  });

  it('lets one that fails by itself hold back no other, and gives it up in the end (I26)', async () => {
    const stream = aStream();
    const tried: string[] = [];
    for (const n of [1, 2]) await openAlarm(stream, n, n * 10);
    world.clock.advance(100);
    keep(await viewOf(stream), async ({ name }) => {
      tried.push(name);
      if (name === 'due:1') throw new Error('its definition is gone');
    });
    await until(() => world.lines.some(({ message }) => message.includes('given up')));
    await aMoment();
    expect(tried.slice(0, 2)).toEqual(['due:1', 'due:2']);
    expect(tried.slice(2)).toEqual(['due:1', 'due:1', 'due:1', 'due:1']);
    expect(world.lines.at(-1)).toMatchObject({ level: 'error', alarm: 'due:1', tries: 5 });
  });
});

describe('the table of alarms', () => {
  it('holds the same however its events are cut into batches', async () => {
    const stream = aStream();
    const alarmOf = async (n: number): Promise<DueAlarm> => {
      const handled = await openAlarm(stream, n, 60_000);
      if (handled.kind !== 'recorded') throw new Error(handled.kind);
      return { ...handled.events[0]!.opens[0]!, stream } as DueAlarm;
    };
    const first = await alarmOf(1);
    const second = await alarmOf(2);
    await settle(first);
    await settle(await alarmOf(3));
    const events = await world.store.read(stream);
    for (let size = 1; size <= events.length; size += 1) {
      const db = new DatabaseSync(':memory:');
      db.exec(alarmTable.schema);
      const take = alarmTable.prepare(db);
      for (let n = 0; n < events.length; n += size) take(events.slice(n, n + size));
      const rows = db.prepare('select id, stream from alarms').all();
      expect(rows.map((row) => ({ ...row }))).toEqual([{ id: second.id, stream }]);
    }
  });
});

describe('an alarm keeper whose lease is renewed late', () => {
  it('fires what came due meanwhile once it holds it again', async () => {
    const stream = aStream();
    const fired: string[] = [];
    let held = true;
    const lease = {
      isHeld: () => held,
      whileHeld: (work: () => Promise<AlarmKeeper>) => {
        const started = work();
        return { close: async () => (await started).close() };
      },
    } as unknown as Lease;
    const view = await viewOf(stream);
    const fire = async ({ name }: DueAlarm) => void fired.push(name);
    opened.push(startAlarmKeeper({ view, clock: world.clock, log: journal.log, fire, lease }));
    const handled = await openAlarm(stream, 1, 1_000);
    await view.waitFor((handled as { position: string }).position);
    held = false;
    world.clock.advance(1_000);
    await aMoment();
    expect(fired).toEqual([]);
    held = true;
    await until(() => fired.length === 1);
  });
});

describe('an alarm keeper whose view still reads history', () => {
  it('fires nothing until the view has caught up: what is settled later was never due', async () => {
    const db = new DatabaseSync(':memory:');
    db.exec(alarmTable.schema);
    const take = alarmTable.prepare(db);
    const stream = aStream();
    const handled = await openAlarm(stream, 1, -1_000);
    if (handled.kind !== 'recorded') throw new Error(handled.kind);
    await settle({ ...handled.events[0]!.opens[0]!, stream } as DueAlarm);
    const [added, settled] = await world.store.read(stream);
    const listeners = new Set<Parameters<View['onBatch']>[0]>();
    const caughtUp = Promise.withResolvers<void>();
    const fired: string[] = [];
    keep(
      {
        reader: db,
        caughtUp: caughtUp.promise,
        onBatch: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      async ({ name }) => void fired.push(name),
    );
    for (const event of [added!, settled!]) {
      take([event]);
      for (const listener of listeners) listener([event]);
      await aMoment();
    }
    caughtUp.resolve();
    await aMoment();
    expect(fired).toEqual([]);
  });
});
