import { fork, type ChildProcess } from 'node:child_process';
import http from 'node:http';
import { untilGone } from './measure.ts';
import type { Pending, Ready, Told } from './tell-driver.ts';

/** Load and approver: a process of their own, counted apart from the product. */
export interface Driver {
  /** Processes of the product, by what they do. */
  readonly pids: Readonly<Record<string, number>>;
  /** Sends one ticket through the intake door; resolves with its case id. */
  open(): Promise<string>;
  /** Resolves when the case has ended and upstream was told. */
  ended(caseId: string): Promise<void>;
  /** Resolves when so many cases have become pending. */
  pendingCount(): number;
  approve(pending: Pending): Promise<void>;
  readonly waiting: Pending[];
  /** Decide at once on what becomes pending, or let it wait. */
  hold: boolean;
  readonly decidedAt: ReadonlyMap<string, number>;
  readonly opened: readonly string[];
  /** Kills whoever keeps the product; resolves when all of its processes are gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

const send = (
  method: string,
  url: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<{ status: number; body: unknown }> =>
  new Promise((resolve, reject) => {
    const data = JSON.stringify(body);
    const request = http.request(
      url,
      {
        method,
        agent,
        headers: { ...headers, 'content-length': Buffer.byteLength(data) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            body: text === '' ? undefined : JSON.parse(text),
          }),
        );
      },
    );
    request.on('error', reject).end(data);
  });

const tokenOf = async (issuer: string, as: string): Promise<string> => {
  const headers = { 'content-type': 'application/json' };
  const { body } = await send('POST', `${issuer}/token`, headers, { as });
  return (body as { access_token: string }).access_token;
};

/** A refund of five euros for an order of its own, so that no case changes another's target. */
const ticket = (run: string, n: number, firstOrder: number) => ({
  specversion: '1.0',
  id: `${run}-${n}`,
  source: 'https://demo.example/tickets',
  type: 'support.ticket.created.v1',
  datacontenttype: 'application/json',
  data: {
    customer: {
      id: String(firstOrder + n).slice(-4),
      name: 'Mara Lind',
      email: 'mara@example.test',
    },
    subject: `Refund for order A-${firstOrder + n}`,
    body: `The parcel of order A-${firstOrder + n} arrived damaged and I would like 5.00 EUR of my money back please. `.repeat(
      4,
    ),
    order: `A-${firstOrder + n}`,
  },
});

/** An orphan is killed after thirty seconds, if it has not ended before. */
const orphansEndS = 40;

export const worlds = ['embedded', 'services'] as const;
export type WorldName = (typeof worlds)[number];

/** Starts the product in processes of its own on `data` and connects to it. */
export const startDriver = async (
  world: WorldName,
  data: string,
  run: string,
  firstOrder: number,
): Promise<Driver> => {
  const child: ChildProcess = fork(new URL(`./${world}-product.ts`, import.meta.url), [data], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const ends = new Map<string, () => void>();
  const over = new Set<string>();
  const decidedAt = new Map<string, number>();
  const waiting: Pending[] = [];
  const opened: string[] = [];
  let seen = 0;
  const hasEnded = (caseId: string) => {
    over.add(caseId);
    ends.get(caseId)?.();
  };
  const isPending = (pending: Pending) => {
    seen += 1;
    if (driver.hold) waiting.push(pending);
    else void driver.approve(pending);
  };

  const { addresses, pids } = await new Promise<Ready>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the product ended with ${code}`)));
    child.on('message', (told: Told) => {
      if ('ready' in told) return resolve(told.ready);
      if ('ended' in told) return told.ended.forEach(hasEnded);
      return told.pending.forEach(isPending);
    });
  });
  const upstream = { authorization: `Bearer ${await tokenOf(addresses.issuer, 'demo')}` };
  const person = { authorization: `Bearer ${await tokenOf(addresses.issuer, 'ana')}` };

  const driver: Driver = {
    pids,
    hold: false,
    waiting,
    opened,
    decidedAt,
    pendingCount: () => seen,
    open: async () => {
      const body = ticket(run, opened.length, firstOrder);
      opened.push('');
      const at = opened.length - 1;
      const headers = { ...upstream, 'content-type': 'application/cloudevents+json' };
      const answer = await send('POST', `${addresses.intake}/v1/intake`, headers, body);
      if (answer.status !== 202) throw new Error(`intake: ${JSON.stringify(answer)}`);
      opened[at] = (answer.body as { caseId: string }).caseId;
      return opened[at];
    },
    ended: (caseId) =>
      new Promise((resolve) => {
        if (over.delete(caseId)) return resolve();
        return ends.set(caseId, () => {
          ends.delete(caseId);
          over.delete(caseId);
          resolve();
        });
      }),
    approve: async ({ proposalId, digest }) => {
      decidedAt.set(proposalId, Date.now());
      const headers = { ...person, 'content-type': 'application/json', 'if-match': `"${digest}"` };
      const url = `${addresses.approvals}/v1/approvals/${proposalId}/decision`;
      const answer = await send('PUT', url, headers, { decision: 'approve' });
      if (answer.status !== 200) throw new Error(`decision: ${JSON.stringify(answer)}`);
    },
    kill: async () => {
      child.removeAllListeners('exit').kill('SIGKILL');
      // What it kept ends a little later by itself, and holds its files so long.
      await untilGone(pids, orphansEndS);
    },
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit').once('exit', () => resolve());
        child.send('stop');
      }),
  };
  return driver;
};
