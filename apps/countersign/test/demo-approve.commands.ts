import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { demoApprover } from '../src/commands/demo-approver.js';
import type { DemoCase } from '../src/commands/demo-story.js';
import type { Approving } from '../src/commands/demo-tickets.js';
import { frontDoorAs } from '../src/commands/front-door.js';
import { anyPorts, countersign } from './command-line.js';

interface Indexed {
  readonly file: string;
  readonly expect: { readonly outcome?: string; readonly change?: Change };
}
interface Change {
  readonly kind: string;
  readonly amountCents?: number;
  readonly city?: string;
  readonly sku?: string;
}
const { tickets } = JSON.parse(readFileSync('examples/tickets/index.json', 'utf8')) as {
  readonly tickets: readonly Indexed[];
};

describe('demo --approve without a running product (E23)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('leads every sample ticket to the end that its index names, and ends what it started', async () => {
    const env = { ...anyPorts, COUNTERSIGN_DATA: join(folder, 'data') };
    const { code, out, err } = await countersign(['demo', '--approve', '--json'], env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines: any[] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const cases = lines.filter(({ kind }) => kind === 'case');
    const ends = tickets.filter(({ expect: { outcome } }) => outcome !== undefined);
    expect(cases.map(({ file, state, ended }) => ({ file, state, ended }))).toEqual(
      ends.map(({ file, expect: { outcome } }) => ({ file, state: outcome, ended: true })),
    );
    const summary = lines.at(-1);
    expect(summary).toMatchObject({ kind: 'summary', cases: ends.length, unexpected: [] });
    const changes = tickets.flatMap(({ expect: { change } }) => change ?? []);
    expect(changes.length).toBeGreaterThan(5);
    expect(summary.effects).toHaveLength(changes.length);
    const words = changes.map(({ kind, amountCents, city, sku }) =>
      String(amountCents ?? city ?? sku ?? kind),
    );
    const ledger = JSON.stringify(summary.effects);
    expect(words.filter((word) => !ledger.includes(word))).toEqual([]);
  });
});

describe('the approver of the demo', () => {
  /** A front door whose lists never forget, and where nothing can be answered twice. */
  const answered: string[] = [];
  const door = createServer((request, response) => {
    const { method, url = '' } = request;
    const answer = (status: number, body: object) =>
      response
        .writeHead(status, { 'content-type': 'application/json', etag: '"digest"' })
        .end(JSON.stringify(body));
    let said = '';
    request.on('data', (chunk: Buffer) => (said += chunk.toString()));
    request.on('end', () => {
      if (url === '/token') return answer(200, { access_token: 'a-token' });
      if (method === 'GET') return answer(200, { items: listed[url.split('?')[0]!] ?? [] });
      const { decision = 'decline' } = JSON.parse(said) as { decision?: string };
      if (answered.some((one) => one.startsWith(url))) return answer(409, { title: 'ended' });
      answered.push(`${url} ${decision}`);
      return answer(200, {});
    });
  });
  let listed: Record<string, object[]>;
  beforeEach(async () => {
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
  });
  afterEach(() => void door.close());

  it('answers each proposal and request once, however long a list still shows it', async () => {
    const at = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
    const ana = await frontDoorAs({ frontDoor: at, issuer: at }, 'ana');
    const approver: Approving = { do: 'request-changes', then: { do: 'reject' } };
    const cases = ['one', 'other'].map((caseId) => ({ caseId, ticket: { approver } }) as DemoCase);
    const { act } = demoApprover(ana, ana);
    listed = {
      '/v1/approvals': [{ caseId: 'one', proposalId: 'first' }],
      '/v1/assistance': [{ caseId: 'other', requestId: 'asked' }],
    };
    await act(cases);
    await act(cases);
    listed['/v1/approvals']!.push({ caseId: 'one', proposalId: 'second' });
    await act(cases);
    expect(answered).toEqual([
      '/v1/approvals/first/decision request-changes',
      '/v1/assistance/asked/decline decline',
      '/v1/approvals/second/decision reject',
    ]);
  });
});
