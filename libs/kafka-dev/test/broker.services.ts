import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from '@jest/globals';
import { gone, isAlive } from '../src/processes.js';
import { startKafka } from '../src/start-kafka.js';

const scratch = mkdtempSync(join(tmpdir(), 'countersign-kafka-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const freshFolder = () => mkdtempSync(join(scratch, 'broker-'));

/** Starts a broker in a process of its own, and ends that process by SIGKILL. */
const leaveBehind = async (folder: string) => {
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'owner.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  return Number(line);
};

it('runs, is killed and started again on the same port, and stops', async () => {
  let ends = 0;
  const kafka = await startKafka({ folder: freshFolder(), port: 0, onEnded: () => (ends += 1) });
  expect(kafka.brokers).toEqual([`127.0.0.1:${kafka.port}`]);
  const first = kafka.pid!;
  await kafka.kill();
  expect(isAlive(first)).toBe(false);
  expect(kafka.pid).toBeUndefined();
  await kafka.start();
  const second = kafka.pid!;
  kafka.pause();
  await kafka.stop();
  expect(isAlive(second)).toBe(false);
  expect(ends).toBe(0);
});

it('tells when the broker ends although nobody asked for it', async () => {
  const ended = new Promise<void>((resolve) => {
    void startKafka({ folder: freshFolder(), port: 0, onEnded: resolve }).then(({ pid }) =>
      process.kill(pid!, 'SIGKILL'),
    );
  });
  await ended;
});

it('ends with the process that started it, killed too, and its folder can be used again', async () => {
  const folder = freshFolder();
  const pid = await leaveBehind(folder);
  expect(await gone(pid, 5_000)).toBe(true);
  const kafka = await startKafka({ folder, port: 0 });
  await kafka.stop();
});
