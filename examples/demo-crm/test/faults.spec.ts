import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import {
  faultModes,
  openDemoCrm,
  startDemoCrm,
  type Order,
  type RunningDemoCrm,
} from '../src/index.js';
import { bodyOf, get, keys, ledgerOf, post, temporaryFolder, writeCall } from './open-crm.js';

const folder = temporaryFolder();
let crm: RunningDemoCrm;
beforeAll(async () => {
  crm = await startDemoCrm({ ...keys, port: 0, dataFile: join(folder.path, 'ledger.jsonl') });
});
afterAll(async () => {
  await crm.close();
  folder.remove();
});

const arm = (fault: object) =>
  fetch(`${crm.url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });

/** What a caller over the network gets: the status, or `broken`. */
const call = async (order: string): Promise<number | 'broken'> => {
  const { method, path, headers, body } = writeCall({ order, key: `key-of-${order}` });
  return fetch(crm.url + path, { method, headers, body }).then(
    ({ status }) => status,
    () => 'broken',
  );
};
const revision = async (order: string) =>
  bodyOf<Order>(await get(crm, `/orders/${order}`)).revision;

describe('H7: each way a target can fail', () => {
  const cases: [(typeof faultModes)[number], number | 'broken', 'done' | 'not done'][] = [
    ['error-before-effect', 503, 'not done'],
    ['stall-before-effect', 503, 'not done'],
    ['effect-then-500', 500, 'done'],
    ['effect-then-reset', 'broken', 'done'],
    ['effect-then-silence', 'broken', 'done'],
    ['slow', 201, 'done'],
  ];
  it('is covered', () => {
    expect(cases.map(([mode]) => mode).sort()).toEqual([...faultModes].sort());
  });

  it.each(cases)('%s: the caller gets %s, the work is %s', async (mode, answer, work) => {
    const order = `A-${3000 + cases.findIndex(([name]) => name === mode)}`;
    expect((await arm({ mode, ms: 30 })).status).toBe(200);
    expect(await call(order)).toBe(answer);
    expect(await revision(order)).toBe(work === 'done' ? 2 : 1);
    expect((await ledgerOf(crm)).at(-1)).toMatchObject({
      fault: mode,
      outcome: work === 'done' ? 'effect' : 'refused',
    });
    // The fault is used up: the same call again has its one effect, now or from before.
    expect(await call(order)).toBe(work === 'done' ? 200 : 201);
    expect(await revision(order)).toBe(2);
  });

  it('has an effect even though the caller has given up', async () => {
    await arm({ mode: 'slow', ms: 60 });
    const { method, path, headers, body } = writeCall({ order: 'A-3100', key: 'gave-up' });
    const signal = AbortSignal.timeout(10);
    await expect(fetch(crm.url + path, { method, headers, body, signal })).rejects.toThrow();
    let effects: unknown[] = [];
    while (effects.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      effects = (await ledgerOf(crm)).filter(({ key }) => key === 'gave-up');
    }
    expect(effects).toMatchObject([{ outcome: 'effect' }]);
  });
});

describe('a fault', () => {
  it('hits the next calls only, of the paths it names, until it is disarmed', async () => {
    await arm({ mode: 'error-before-effect', times: 2, path: '/orders/A-3200/' });
    expect(await call('A-3201')).toBe(201);
    expect(await call('A-3200')).toBe(503);
    await fetch(`${crm.url}/faults`, { method: 'DELETE' });
    expect(await call('A-3200')).toBe(201);
  });

  it('is not used up by a call without the right', async () => {
    await arm({ mode: 'error-before-effect' });
    expect((await post(crm, { order: 'A-3300', bearer: keys.readKey })).status).toBe(403);
    expect(await call('A-3300')).toBe(503);
  });

  it('is refused when it says nothing known, or comes from a form on a foreign page', async () => {
    expect((await arm({ mode: 'explode' })).status).toBe(400);
    expect((await arm({ mode: 'slow', ms: -1 })).status).toBe(400);
    expect((await arm({ mode: 'slow', times: 0 })).status).toBe(400);
    const form = await fetch(`${crm.url}/faults`, { method: 'POST', body: '{"mode":"slow"}' });
    expect(form.status).toBe(415);
  });

  it('can be asked for by a header only where that is switched on', async () => {
    const headers = { 'x-demo-fault': 'effect-then-500' };
    expect((await post(crm, { order: 'A-3400', key: 'h', headers })).status).toBe(201);
    const dataFile = join(folder.path, 'header.jsonl');
    const open = openDemoCrm({ ...keys, dataFile, faultHeader: true });
    expect((await post(open, { headers })).status).toBe(500);
    expect((await post(open, {})).status).toBe(200);
    await open.close();
  });

  it('does not keep the CRM from closing', async () => {
    const dataFile = join(folder.path, 'closing.jsonl');
    const other = openDemoCrm({ ...keys, dataFile, faultHeader: true });
    const headers = { 'x-demo-fault': 'effect-then-silence;600000' };
    const waiting = post(other, { headers }).catch((error: Error) => error.name);
    while ((await ledgerOf(other)).length === 0) await new Promise(setImmediate);
    await other.close();
    expect(await waiting).toBe('ConnectionReset');
  });
});

describe('the server', () => {
  it('names a port that is taken', async () => {
    const dataFile = join(folder.path, 'second.jsonl');
    const second = startDemoCrm({ ...keys, port: crm.port, dataFile });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE', port: crm.port });
  });
});
