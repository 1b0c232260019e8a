import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { effectIdOf } from '@countersign/decider';
import { eventStoreDb, type EventStoreDb } from '../src/eventstoredb/event-store-db.js';
import { runSource, storeProcess } from './eventstoredb-process.js';
import { aStream, openWorld, tell, told, type JournalWorld } from './journal-world.js';
import { scratchFolder } from './scratch-folder.js';
import { until } from './until.js';

const folder = scratchFolder();
let server: Awaited<ReturnType<typeof storeProcess>>;
let store: EventStoreDb;
let world: JournalWorld;
beforeAll(async () => {
  server = await storeProcess(join(folder, 'store'));
  store = eventStoreDb({ url: server.url });
  world = await openWorld(join(folder, 'world'));
});
afterAll(async () => {
  await store.close();
  await world.close();
  await server.kill();
});

const running: ReturnType<typeof runSource>[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill();
});

/** What the issue promises, from the kill to the standby's first act. */
const takeoverMs = 10_000;
let services = 0;
const newService = () => `k${(services += 1)}`;

const start = async (service: string, replica: string, stream: string) => {
  const script = join(import.meta.dirname, 'lease-process.ts');
  const home = join(folder, `${service}-${replica}`);
  const started = runSource(script, [server.url, home, service, replica, stream]);
  running.push(started);
  await started.said(/ready/);
  return started;
};
type Process = Awaited<ReturnType<typeof start>>;

const said = ({ printed }: Process, word: string): string[] =>
  printed()
    .split('\n')
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1));

const add = (stream: string, n: number, dueInMs?: number) => {
  const dueAt = dueInMs !== undefined && {
    dueAt: new Date(Date.now() + dueInMs).toISOString(),
  };
  const input = told(`${stream} ${n}`, { type: 'Add', n, ...dueAt });
  return tell(world.journal({ store }), stream, input);
};

const messagesOf = async (stream: string) =>
  (await store.read(stream)).map(({ id }) => effectIdOf(id, 'heard'));
const settledIn = async (stream: string) =>
  (await store.read(stream)).filter(({ type }) => type === 'Settled').length;

describe('of two processes of one service before one store', () => {
  it('one works; the standby takes over within 10 s after SIGKILL (I10, I12)', async () => {
    const [service, stream] = [newService(), aStream()];
    const first = await start(service, 'a', stream);
    await first.said(/holds 1/);
    const second = await start(service, 'b', stream);
    await add(stream, 1, 0);
    await add(stream, 2, 4_000);
    await until(async () => (await settledIn(stream)) === 1);
    expect(said(second, 'published')).toEqual([]);
    expect(said(second, 'fired')).toEqual([]);

    await first.kill();
    const killedMs = performance.now();
    await add(stream, 3);
    const third = effectIdOf((await store.read(stream)).at(-1)!.id, 'heard');
    await second.said(new RegExp(`published ${third}`));
    expect(performance.now() - killedMs).toBeLessThan(takeoverMs);
    await until(async () => (await settledIn(stream)) === 2);
    const published = [...said(first, 'published'), ...said(second, 'published')];
    await until(async () => {
      const all = [...said(first, 'published'), ...said(second, 'published')];
      return (await messagesOf(stream)).every((id) => all.includes(id));
    });
    expect(published).toContain(third);
    expect(said(second, 'holds')).toEqual(['2']);
  });

  it('one that is stopped cleanly hands over at once, and loses nothing', async () => {
    const [service, stream] = [newService(), aStream()];
    const first = await start(service, 'a', stream);
    await first.said(/holds 1/);
    const second = await start(service, 'b', stream);
    await add(stream, 1);
    await until(() => said(first, 'published').length === 1);
    first.child.kill('SIGTERM');
    await once(first.child, 'close');
    await second.said(/holds 2/);
    await add(stream, 2);
    await until(() => said(second, 'published').length === 1);
    expect(said(second, 'published')).toEqual((await messagesOf(stream)).slice(1));
  });

  it('one that was frozen finds its lease gone, and both together do no harm (I10, I12)', async () => {
    const [service, stream] = [newService(), aStream()];
    const first = await start(service, 'a', stream);
    await first.said(/holds 1/);
    const second = await start(service, 'b', stream);
    await add(stream, 1, 0);
    await until(async () => (await settledIn(stream)) === 1);
    first.child.kill('SIGSTOP');
    await second.said(/holds 2/);
    await add(stream, 2, 0);
    await until(async () => (await settledIn(stream)) === 2);
    first.child.kill('SIGCONT');
    await first.said(/left/);
    await add(stream, 3, 0);
    await until(async () => (await settledIn(stream)) === 3);
    await until(async () => {
      const ids = await messagesOf(stream);
      return ids.every(
        (id) => said(second, 'published').includes(id) || said(first, 'published').includes(id),
      );
    });
    // What both had published has one id; what both had fired stands once.
    expect(said(first, 'holds')).toEqual(['1']);
    expect(await settledIn(stream)).toBe(3);
  });

  it('one that comes back under its name goes on at once', async () => {
    const [service, stream] = [newService(), aStream()];
    const first = await start(service, 'a', stream);
    await first.said(/holds 1/);
    await first.kill();
    const again = await start(service, 'a', stream);
    await again.said(/holds 2/);
    await add(stream, 1);
    await until(() => said(again, 'published').length === 1);
  });
});
