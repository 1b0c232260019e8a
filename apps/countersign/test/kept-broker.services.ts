import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { keepBroker, type KeptBroker } from '../src/host/kept-broker.js';

let folder: string;
let kept: KeptBroker | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-broker-'));
});
afterAll(async () => {
  await kept?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('a broker that is just being started again is stopped too', async () => {
  let ended = false;
  kept = await keepBroker(folder, 0, ({ kind }) => (ended ||= kind === 'ended'));
  const { kafka, stop } = kept;
  process.kill(kafka.pid!, 'SIGKILL');
  while (!ended) await sleep(20);
  // Its pause is over, and it is not up yet.
  await sleep(1_000);
  expect(kafka.pid).toBeUndefined();
  await stop();
  for (let n = 0; n < 60; n += 1) {
    expect(kafka.pid).toBeUndefined();
    await sleep(100);
  }
}, 60_000);
