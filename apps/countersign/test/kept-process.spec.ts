import { mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keepProcess, type KeptProcess, type ProcessNews } from '../src/host/kept-process.js';

let folder: string;
let news: ProcessNews[];
let kept: KeptProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-'));
  news = [];
});
afterEach(async () => {
  await kept?.stop();
  kept = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const ready = () => join(folder, 'ready');
const keep = (program: string): KeptProcess => {
  const file = join(folder, 'program.mjs');
  writeFileSync(file, `import { writeFileSync, rmSync } from 'node:fs';\n${program}`);
  kept = keepProcess({
    name: 'it',
    program: [file],
    env: () => ({ READY: ready() }),
    orphanedS: 0,
    isReady: async () => existsSync(ready()),
    onNews: (one) => news.push(one),
  });
  return kept;
};
const until = async (isSo: () => boolean) => {
  for (let n = 0; n < 500 && !isSo(); n += 1) await new Promise((done) => setTimeout(done, 10));
  expect(isSo()).toBe(true);
};
const runs = `writeFileSync(process.env.READY, ''); setInterval(() => {}, 1000);`;

describe('a process that is kept', () => {
  it('is started again when it ends, after a pause that grows, and says so', async () => {
    const one = keep(runs);
    await one.ready();
    for (const pauseMs of [250, 500]) {
      const { pid } = one;
      rmSync(ready());
      one.signal('SIGKILL');
      await until(() => news.at(-1)?.kind === 'ended');
      expect(news.at(-1)).toEqual({ kind: 'ended', how: 'SIGKILL', againInMs: pauseMs });
      await one.ready();
      expect(one.pid).not.toBe(pid);
    }
  });

  it('is heard, but not before it could work: why it cannot is told by whoever started it', async () => {
    // What it says and that it is ready come by two ways: the first has to have arrived.
    const later = `${runs} setTimeout(() => console.error('later'), 400);`;
    const one = keep(`console.error('early'); setTimeout(() => { ${later} }, 400);`);
    await one.ready();
    await until(() => news.some(({ kind }) => kind === 'said'));
    const said = news.filter((item) => item.kind === 'said').map(({ line }) => line);
    expect(said).toEqual(['later']);
  });

  it('that says at its first start that it cannot is not started again', async () => {
    const one = keep(`console.error('port 1 is busy'); process.exit(1);`);
    await expect(one.ready()).rejects.toMatchObject({
      name: 'CannotStart',
      message: 'port 1 is busy',
    });
    expect(one.pid).toBeUndefined();
    expect(news).toEqual([]);
  });

  it('ends when it is asked to, and may be started again', async () => {
    const one = keep(runs);
    await one.ready();
    rmSync(ready());
    await one.stop();
    expect(one.pid).toBeUndefined();
    one.start();
    await one.ready();
    expect(news.map(({ kind }) => kind)).toEqual(['up', 'up']);
  });

  it('is set going to be ended when it is halted', async () => {
    const one = keep(runs);
    await one.ready();
    one.signal('SIGSTOP');
    await one.stop();
    expect(one.pid).toBeUndefined();
  });
});
