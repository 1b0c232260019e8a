import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProduct, type Product } from '@countersign/cli';
import { settableClock, type SettableClock } from '@countersign/time';
import { refund, settingsIn, type Ticket } from './running-product.js';

let folder: string;
let clock: SettableClock;
let product: Product;

const start = async () => {
  clock = settableClock(clock.now());
  const settings = settingsIn(join(folder, 'data'), {
    config: join(folder, 'config'),
    executorLeaseMs: 1_000,
  });
  product = await startProduct({ settings, clock });
};
/** Stops, lets so many milliseconds pass and does what `meanwhile` does, and starts again. */
const restart = async (passingMs = 0, meanwhile: () => void = () => undefined) => {
  await product.stop();
  clock.advance(passingMs);
  meanwhile();
  await start();
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-restart-'));
  cpSync('config', join(folder, 'config'), { recursive: true });
  clock = settableClock(new Date().toISOString());
  await start();
});
afterAll(async () => {
  await product.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly body: any;
}
const ask = async (as: string, method: string, path: string, body?: unknown, etag?: string) => {
  const { approvals, issuer } = product.addresses;
  const json = { 'content-type': 'application/json' };
  const token = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ as }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const response = await fetch(`${approvals}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${access_token}`,
      ...(body !== undefined && json),
      ...(etag !== undefined && { 'if-match': etag }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer: Answer = {
    status: response.status,
    etag: response.headers.get('etag') ?? '',
    body: await response.json(),
  };
  return answer;
};

const send = async (id: string, ticket: Ticket) => {
  const { body } = await ask('demo', 'POST', '/v1/intake', {
    specversion: '1.0',
    id,
    source: 'https://demo.example/tickets',
    type: 'support.ticket.created.v1',
    data: { customer: { id: ticket.order!.slice(-4) }, ...ticket },
  });
  return body.caseId as string;
};
const until = async (caseId: string, state: string) => {
  for (let n = 0; n < 500; n += 1) {
    const { body } = await ask('ana', 'GET', `/v1/cases/${caseId}`);
    if (body.state === state) return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { body } = await ask('ana', 'GET', `/v1/cases/${caseId}/timeline`);
  throw new Error(`case did not reach ${state}: ${JSON.stringify(body, null, 1)}`);
};
const pending = async (caseId: string) => {
  const { proposals } = await until(caseId, 'awaiting-approval');
  for (let n = 0; n < 200; n += 1) {
    const shown = await ask('ana', 'GET', `/v1/approvals/${proposals.at(-1)}`);
    if (shown.status === 200) return { proposalId: proposals.at(-1) as string, etag: shown.etag };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('nobody is asked');
};
const approve = (as: string, proposalId: string, etag: string) =>
  ask(as, 'PUT', `/v1/approvals/${proposalId}/decision`, { decision: 'approve' }, etag);
const typesOf = async (caseId: string) =>
  (await ask('ana', 'GET', `/v1/cases/${caseId}/timeline`)).body.entries.map(
    ({ type }: { type: string }) => type,
  );
const effects = async (order: string) => {
  const { entries } = (await (await fetch(`${product.addresses.crm}/ledger`)).json()) as any;
  return entries.filter((one: any) => one.path.includes(order) && one.outcome === 'effect');
};

describe('A2 a product that was stopped and started again', () => {
  it('still shows the same proposal, takes the decision on it, and writes once (A1)', async () => {
    const caseId = await send('restarted-1', refund('A-6001'));
    const before = await pending(caseId);
    await restart(3_600_000);
    expect(await pending(caseId)).toEqual(before);
    expect((await approve('ana', before.proposalId, before.etag)).status).toBe(200);
    await until(caseId, 'closed');
    await restart();
    expect((await approve('ana', before.proposalId, before.etag)).status).toBe(200);
    expect((await approve('ben', before.proposalId, before.etag)).status).toBe(409);
    expect(await effects('A-6001')).toHaveLength(1);
  });

  it('fires a deadline that passed meanwhile, once, and none before its time (I12)', async () => {
    const caseId = await send('restarted-2', refund('A-6002'));
    await pending(caseId);
    await restart(47 * 3_600_000);
    expect((await ask('ana', 'GET', `/v1/cases/${caseId}`)).body.state).toBe('awaiting-approval');
    await restart(3_600_000);
    await until(caseId, 'expired');
    await restart(48 * 3_600_000);
    const types: string[] = await typesOf(caseId);
    expect(types.filter((type) => type === 'ApprovalExpiryAsked')).toHaveLength(1);
    expect(types.filter((type) => type === 'ApprovalExpiryRecorded')).toHaveLength(1);
    expect(await effects('A-6002')).toHaveLength(0);
  });

  it('leaves a case on the definition that it started with, whatever the files say now', async () => {
    const caseId = await send('restarted-3', refund('A-6003'));
    const { proposalId, etag } = await pending(caseId);
    const file = join(folder, 'config/workflows/support-ticket.yaml');
    await restart(0, () => {
      const next = readFileSync(file, 'utf8')
        .replace('version: 1', 'version: 2')
        .replace('changes-requested: draft', 'changes-requested: rejected');
      writeFileSync(file, next);
    });
    const newer = await send('restarted-4', refund('A-6004'));
    expect((await pending(newer)).proposalId).toBeDefined();
    expect((await ask('ana', 'GET', `/v1/cases/${newer}`)).body.version).toBe(2);
    expect((await ask('ana', 'GET', `/v1/cases/${caseId}`)).body.version).toBe(1);
    const asked = { decision: 'request-changes', reasonCode: 'wrong-tone', comment: 'politer' };
    await ask('ana', 'PUT', `/v1/approvals/${proposalId}/decision`, asked, etag);
    for (let n = 0; n < 200 && (await pending(caseId)).proposalId === proposalId; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await pending(caseId)).proposalId).not.toBe(proposalId);
  });

  it('still waits for a second person where nobody knows what was done (I20)', async () => {
    const caseId = await send('restarted-5', {
      subject: 'Wrong item',
      body: 'You sent me the wrong item in order A-6005. Please send me the right one instead.',
      order: 'A-6005',
    });
    const { proposalId, etag } = await pending(caseId);
    await fetch(`${product.addresses.crm}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mode: 'effect-then-reset', times: 1 }),
    });
    await approve('ana', proposalId, etag);
    await until(caseId, 'uncertain');
    await restart(3_600_000);
    expect((await ask('ana', 'GET', `/v1/cases/${caseId}`)).body.state).toBe('uncertain');
    const found = { outcome: 'done', evidence: 'It is in the ledger.' };
    const path = `/v1/approvals/${proposalId}/resolution`;
    expect((await ask('ana', 'PUT', path, found)).status).toBe(403);
    expect((await ask('ben', 'PUT', path, found)).status).toBe(200);
    await until(caseId, 'closed');
    expect(await effects('A-6005')).toHaveLength(1);
  });

  it('lists what it listed before, though its views were thrown away (I9)', async () => {
    const last = await send('restarted-6', refund('A-6006'));
    await pending(last);
    const { position } = (await ask('ana', 'GET', `/v1/cases/${last}`)).body;
    const list = async () => {
      const path = `/v1/cases?limit=200&min-position=${position}`;
      const { items, states } = (await ask('ana', 'GET', path)).body;
      return { items, states };
    };
    const before = await list();
    await restart(0, () => rmSync(join(folder, 'data/views'), { recursive: true }));
    expect(await list()).toEqual(before);
  });
});
