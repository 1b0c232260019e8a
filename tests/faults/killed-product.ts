import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDemoCrm, type RunningDemoCrm } from '@countersign/demo-crm';

/** A lane of kills: one data folder that lives on, one CRM that is never killed. */
export interface Lane {
  readonly folder: string;
  readonly crm: RunningDemoCrm;
  /** Starts the product as a process; with a failpoint, it will be killed there. */
  start(failpoint?: string): Running;
  close(): Promise<void>;
}

export interface Running {
  /** Resolves when the process has ended: the signal, and what it said of failpoints. */
  readonly ended: Promise<{ signal: string | null; fired: string[]; errors: string }>;
  readonly hasEnded: boolean;
  /** False when the process ended before it was ready. */
  ready(): Promise<boolean>;
  /** Sends a refund ticket, as often as it takes; false when the process ended meanwhile. */
  submit(id: string, order: string): Promise<boolean>;
  /** Decides on all that waits, until so many cases have ended or the process has. */
  approveUntilEnded(cases: number): Promise<boolean>;
  stop(): Promise<void>;
}

const main = join(process.cwd(), 'apps/countersign/dist/main.js');
const keys = { read: 'r'.repeat(32), write: 'w'.repeat(32) };
const portNames = [
  'APPROVALS',
  'INTAKE',
  'ORCHESTRATOR',
  'AGENT',
  'EXECUTOR',
  'SCRIPTED_MODEL',
  'DEV_ISSUER',
];
/** Longest that one part of a run may take. */
const patienceMs = 30_000;

export const openLane = async (): Promise<Lane> => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-kill-'));
  const crm = await startDemoCrm({
    port: 0,
    dataFile: join(folder, 'ledger.jsonl'),
    readKey: keys.read,
    writeKey: keys.write,
    fsync: false,
  });
  const ports = await freePorts(portNames.length);
  const environment = {
    ...Object.fromEntries(portNames.map((name, n) => [`${name}_PORT`, String(ports[n])])),
    COUNTERSIGN_DATA: join(folder, 'data'),
    CRM_URL: crm.url,
    CRM_READ_KEY: keys.read,
    CRM_WRITE_KEY: keys.write,
    AGENT_LEASE: '1s',
    EXECUTOR_LEASE: '1s',
    PATH: process.env.PATH,
  };
  const running = new Set<ChildProcess>();
  return {
    folder,
    crm,
    start: (failpoint) => {
      const child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', main, 'start'],
        {
          env: { ...environment, FAILPOINTS: failpoint ? `${failpoint}` : '' },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      running.add(child);
      return follow(child, ports);
    },
    close: async () => {
      for (const child of running) child.kill('SIGKILL');
      await crm.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

const follow = (child: ChildProcess, ports: readonly number[]): Running => {
  let errors = '';
  let hasEnded = false;
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<{ signal: string | null; fired: string[]; errors: string }>(
    (resolve) => {
      child.on('close', (_code, signal) => {
        hasEnded = true;
        const fired = [...errors.matchAll(/^failpoint (.+)$/gm)].map((found) => found[1]!);
        resolve({ signal, fired, errors });
      });
    },
  );
  const [approvals, intake] = ports.map((port) => `http://127.0.0.1:${port}`);
  const issuer = `http://127.0.0.1:${ports.at(-1)}`;
  const tokens = new Map<string, string>();

  const tokenOf = async (as: string): Promise<string> => {
    const known = tokens.get(as);
    if (known) return known;
    const { access_token: token } = (await json('POST', `${issuer}/token`, {}, { as })) as {
      access_token: string;
    };
    tokens.set(as, token);
    return token;
  };
  const ask = async (as: string, method: string, url: string, body?: unknown, more = {}) =>
    json(method, url, { authorization: `Bearer ${await tokenOf(as)}`, ...more }, body);
  /** Tries until it works, or the process has ended. */
  const insist = async (attempt: () => Promise<boolean>): Promise<boolean> => {
    const startedAt = Date.now();
    while (!hasEnded) {
      if (await attempt().catch(() => false)) return true;
      if (Date.now() - startedAt > patienceMs) throw new Error(`gave up: ${errors}`);
      await sleep(25);
    }
    return false;
  };

  return {
    ended,
    get hasEnded() {
      return hasEnded;
    },
    ready: () => insist(async () => (await fetch(`${approvals}/readyz`)).ok),
    submit: (id, order) =>
      insist(async () => {
        const event = ticket(id, order);
        return 'caseId' in ((await ask('demo', 'POST', `${intake}/v1/intake`, event)) as object);
      }),
    approveUntilEnded: (cases) =>
      insist(async () => {
        const { items } = (await ask(
          'ana',
          'GET',
          `${approvals}/v1/approvals?state=open&limit=100`,
        )) as {
          items: { proposalId: string; digest?: string }[];
        };
        for (const { proposalId } of items) {
          const shown = await fetch(`${approvals}/v1/approvals/${proposalId}`, {
            headers: { authorization: `Bearer ${await tokenOf('ana')}` },
          });
          const url = `${approvals}/v1/approvals/${proposalId}/decision`;
          const etag = shown.headers.get('etag')!;
          await ask('ana', 'PUT', url, { decision: 'approve' }, { 'if-match': etag });
        }
        const { total } = (await ask('ana', 'GET', `${approvals}/v1/cases?open=false&limit=1`)) as {
          total: number;
        };
        return total >= cases;
      }),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
};

const json = async (
  method: string,
  url: string,
  headers: object,
  body?: unknown,
): Promise<unknown> => {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
};

const ticket = (id: string, order: string) => ({
  specversion: '1.0',
  id,
  source: 'https://demo.example/tickets',
  type: 'support.ticket.created.v1',
  data: {
    customer: { id: order.slice(-4) },
    subject: `Refund for order ${order}`,
    body: `The parcel of order ${order} arrived damaged, please refund 5.00 EUR.`,
    order,
  },
});
