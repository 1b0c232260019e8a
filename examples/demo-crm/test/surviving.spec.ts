import { afterAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openDemoCrm, type CrmRequest, type Order } from '../src/index.js';
import {
  bodyOf,
  get,
  keys,
  ledgerOf,
  post,
  refundOf,
  temporaryFolder,
  writeCall,
} from './open-crm.js';

const folder = temporaryFolder();
afterAll(folder.remove);
const options = (name: string, fsync = true) => ({
  ...keys,
  fsync,
  dataFile: join(folder.path, name),
});

describe.each([true, false])('the state, with fsync %s,', (fsync) => {
  it('comes back from the ledger alone', async () => {
    const name = `restart-${fsync}.jsonl`;
    const first = openDemoCrm(options(name, fsync));
    await Promise.all([
      post(first, { order: 'A-1001', key: 'a' }),
      post(first, { order: 'A-1002', key: 'b', body: refundOf('A-1002', 10, 'naïve “text” 🧾') }),
      post(first, { path: '/legacy/orders/A-1003/replacements', body: {} }),
    ]);
    const before = await ledgerOf(first);
    const answer = await get(first, '/resolutions/a');
    await first.close();

    const second = openDemoCrm(options(name, fsync));
    expect(await ledgerOf(second)).toEqual(before);
    expect(await get(second, '/resolutions/a')).toEqual(answer);
    expect(bodyOf<Order>(await get(second, '/orders/A-1001'))).toMatchObject({ revision: 2 });
    expect((await post(second, { order: 'A-1001', key: 'a' })).status).toBe(200);
    expect((await ledgerOf(second)).at(-1)).toMatchObject({ seq: 4, outcome: 'repeat' });
    await second.close();
  });
});

describe('the ledger file', () => {
  it('loses a last line that a crash has cut, which nobody was told of', async () => {
    const crash = options('torn.jsonl');
    const first = openDemoCrm(crash);
    await post(first, { order: 'A-1001', key: 'a' });
    await first.close();
    const whole = statSync(crash.dataFile).size;
    appendFileSync(crash.dataFile, '{"seq":2,"outcome":"eff');

    const second = openDemoCrm(crash);
    expect(statSync(crash.dataFile).size).toBe(whole);
    expect(await ledgerOf(second)).toHaveLength(1);
    await post(second, { order: 'A-1001', key: 'b', ifMatch: '"2"' });
    expect((await ledgerOf(second)).map(({ seq }) => seq)).toEqual([1, 2]);
    await second.close();
  });

  it('is not believed when an effect in it could not have happened', async () => {
    const edited = options('edited.jsonl');
    const first = openDemoCrm(edited);
    await post(first, { order: 'A-1001', key: 'a' });
    await first.close();
    const text = readFileSync(edited.dataFile, 'utf8');
    writeFileSync(edited.dataFile, text.replaceAll('1000', '9999999'));
    expect(() => openDemoCrm(edited)).toThrow(/ledger line 1/);
  });

  it('takes nothing after it was closed', async () => {
    const crm = openDemoCrm(options('closed.jsonl'));
    await crm.close();
    await expect(post(crm)).rejects.toThrow('the ledger is closed');
  });
});

/** The CRM as a process of its own. */
const startProcess = async (dataFile: string) => {
  const keysFile = join(folder.path, 'keys.json');
  writeFileSync(keysFile, JSON.stringify(keys));
  const main = join(import.meta.dirname, '..', 'dist', 'main.js');
  const flags = ['--port', '0', '--data-file', dataFile, '--keys-file', keysFile];
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((started) => {
    createInterface(child.stdout).once('line', (line) => started(line.split(' ').at(-1)!));
  });
  const exited = new Promise((done) => child.once('exit', done));
  const request = async ({ method, path, headers, body }: CrmRequest) => {
    const response = await fetch(url + path, { method, headers, ...(body ? { body } : {}) });
    const answered = Object.fromEntries(response.headers);
    return { status: response.status, headers: answered, body: await response.text() };
  };
  return {
    request,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};

describe('killed in the middle of writes', () => {
  it('has done everything that it answered, and does nothing of it again (A1)', async () => {
    const dataFile = join(folder.path, 'killed.jsonl');
    const first = await startProcess(dataFile);
    const answered: string[] = [];
    const calls = Array.from({ length: 40 }, (_, n) => ({ order: `A-${2000 + n}`, key: `k${n}` }));
    let killed: Promise<void> | undefined;
    await Promise.allSettled(
      calls.map(async (call) => {
        const { status } = await first.request(writeCall(call));
        if (status === 201) answered.push(call.key);
        if (answered.length === 10) killed ??= first.kill();
      }),
    );
    await killed;

    const second = await startProcess(dataFile);
    const done = (await ledgerOf(second)).map(({ key }) => key);
    expect(done).toEqual(expect.arrayContaining(answered));
    for (const call of calls) await post(second, call);
    const effects = (await ledgerOf(second)).filter(({ outcome }) => outcome === 'effect');
    expect(effects.map(({ key }) => key).sort()).toEqual(calls.map(({ key }) => key).sort());
    await second.kill();
  });
});
