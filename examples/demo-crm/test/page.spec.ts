import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { openDemoCrm, type DemoCrm } from '../src/index.js';
import { get, keys, post, refundOf, temporaryFolder } from './open-crm.js';

const folder = temporaryFolder();
let crm: DemoCrm;
beforeAll(async () => {
  crm = openDemoCrm({ ...keys, dataFile: join(folder.path, 'ledger.jsonl'), fsync: false });
  const text = '<script>alert(1)</script> & \u202egnp.exe "quoted"';
  await post(crm, { order: 'A-1001', body: refundOf('A-1001', 1_990, text) });
});
afterAll(async () => {
  await crm.close();
  folder.remove();
});

describe('the page', () => {
  it('shows an order and what was written, without a key', async () => {
    const { status, body } = await get(crm, '/?order=A-1001', null);
    expect(status).toBe(200);
    expect(body).toContain('19.90 EUR');
    expect(body).toContain('/orders/A-1001/resolutions');
    expect(body).toContain('key-1');
  });

  it('says so when there is no such order', async () => {
    expect((await get(crm, '/?order=Z', null)).body).toContain('There is no order Z.');
  });

  it('shows foreign text as text, and makes hidden characters visible', async () => {
    const { body, headers } = await get(crm, '/?order=%3Cimg%20src=x%3E', null);
    expect(body).not.toMatch(/<script|<img/);
    expect(body).toContain('&#60;script&#62;');
    expect(body).toContain('\\u{202e}gnp.exe');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });

  it('shows fifty calls and leads to the older ones', async () => {
    for (let n = 0; n < 60; n += 1) await post(crm, { key: `k${n}`, bearer: null });
    const { body } = await get(crm, '/', null);
    expect(body.match(/<tr class=/g)).toHaveLength(50);
    expect(body).toContain('href="/?before=11"');
    expect((await get(crm, '/?before=11', null)).body.match(/<tr class=/g)).toHaveLength(11);
  });
});
