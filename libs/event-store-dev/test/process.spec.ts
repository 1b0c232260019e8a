import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { scratchFolder, type TestEvent } from './server-harness.js';

// As built: its writer is a thread, which starts from a file of its own.
const main = join(import.meta.dirname, '../dist/main.js');
const children: ChildProcess[] = [];
afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

const run = (settings: Record<string, string>) => {
  const child = spawn(process.execPath, [main], {
    env: { EVENTSTORE_PORT: '0', EVENTSTORE_CONTROL_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let printed = '';
  let complained = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const connectionString = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const found = /esdb:\S+/.exec(printed)?.[0];
      if (found && printed.includes('file ')) resolve(found);
    });
    void ended.then(() => reject(new Error(complained)));
  });
  connectionString.catch(() => undefined);
  return { child, connectionString, ended, said: () => ({ printed, complained }) };
};

describe('the development event store as a process', () => {
  const data = scratchFolder();

  it('that is killed under load has every acknowledged append, whole, where it was said to be', async () => {
    const first = run({ COUNTERSIGN_DATA: data });
    const client = EventStoreDBClient.connectionString(await first.connectionString);
    const acknowledged: { stream: string; revision: bigint; ids: string[] }[] = [];
    const write = async (stream: string): Promise<void> => {
      for (let revision: bigint | undefined; ;) {
        const ids = [randomUUID(), randomUUID()];
        const events = ids.map((id) => jsonEvent<TestEvent>({ id, type: 'Written', data: {} }));
        const expectedRevision = revision ?? NO_STREAM;
        const result = await client.appendToStream(stream, events, { expectedRevision });
        revision = result.nextExpectedRevision;
        acknowledged.push({ stream, revision, ids });
        if (acknowledged.length === 400) first.child.kill('SIGKILL');
      }
    };
    const writers = Array.from({ length: 24 }, () => write(`case-${randomUUID()}`));
    await Promise.allSettled(writers);
    await client.dispose();
    expect((await first.ended)[1]).toBe('SIGKILL');

    const second = run({ COUNTERSIGN_DATA: data });
    const again = EventStoreDBClient.connectionString(await second.connectionString);
    const stored = new Map<string, string[]>();
    for (const stream of new Set(acknowledged.map((append) => append.stream))) {
      const ids: string[] = [];
      for await (const { event } of again.readStream(stream)) ids.push(event!.id);
      stored.set(stream, ids);
      expect(ids.length % 2).toBe(0);
    }
    const lost = acknowledged.filter(({ stream, revision, ids }) => {
      const found = stored.get(stream)!.slice(Number(revision) - 1, Number(revision) + 1);
      return found.join() !== ids.join();
    });
    expect(lost).toEqual([]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(400);
    await again.dispose();

    const third = run({ COUNTERSIGN_DATA: data });
    expect((await third.ended)[0]).toBe(1);
    expect(third.said().complained).toMatch(/^event store: .*another process is using it.*\n$/);
    second.child.kill('SIGTERM');
    expect((await second.ended)[0]).toBe(0);
    const { printed, complained } = second.said();
    expect(printed).toMatch(/^Countersign development event store: for development only/);
    expect(printed).toContain('stopped');
    expect(complained).toBe('');
  });

  it('names a busy port and the setting that moves it, in one line', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const port = String((busy.address() as AddressInfo).port);
    for (const name of ['EVENTSTORE_PORT', 'EVENTSTORE_CONTROL_PORT']) {
      const refused = run({ COUNTERSIGN_DATA: scratchFolderOf(), [name]: port });
      expect((await refused.ended)[0]).toBe(1);
      expect(refused.said().complained).toMatch(
        new RegExp(`^event store: port ${port} .*set ${name} to another port.*\n$`),
      );
    }
    busy.close();
  });

  it('lets nobody else into a folder that it makes', async () => {
    const folder = scratchFolderOf();
    const running = run({ COUNTERSIGN_DATA: folder });
    await running.connectionString;
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    running.child.kill('SIGTERM');
    expect((await running.ended)[0]).toBe(0);
  });

  let folders = 0;
  const scratchFolderOf = () => join(data, String((folders += 1)));
});
