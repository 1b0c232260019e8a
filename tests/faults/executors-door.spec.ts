import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refund, startRunningProduct, type RunningProduct } from '../journeys/running-product.js';
import { everythingOf } from './everything-kept.js';
import { untilQuiet } from './traffic.js';

const data = join(mkdtempSync(join(tmpdir(), 'countersign-door-')), 'data');
let at: RunningProduct;
beforeAll(async () => {
  at = await startRunningProduct({ data });
});
afterAll(async () => {
  await at.stop();
  rmSync(join(data, '..'), { recursive: true, force: true });
});

interface About {
  readonly caseId: string;
  readonly proposalId: string;
  readonly etag: string;
  readonly body: any;
}

const proposed = async (id: string, order: string): Promise<About> => {
  const caseId = await at.open(id, refund(order));
  return { caseId, ...(await at.pending(caseId)) };
};

const performed = async (id: string, order: string): Promise<About> => {
  const about = await proposed(id, order);
  await at.decide('ana', about.proposalId, about.etag, { decision: 'approve' });
  await at.until(about.caseId, 'closed');
  return about;
};

const expired = async (id: string, order: string): Promise<About> => {
  const about = await proposed(id, order);
  await at.passUntil(about.body.expiresAt);
  await at.until(about.caseId, 'expired');
  return about;
};

/** An order as a good one would read, or with a larger amount. */
const orderFor = ({ caseId, proposalId, etag, body }: About, amountCents?: number) => ({
  type: 'ExecuteAction',
  ...{ caseId, proposalId, digest: etag.slice(1, -1), releaseRevision: 2 },
  tool: body.tool,
  arguments: {
    ...body.content.arguments,
    ...(amountCents !== undefined && { change: { ...body.content.arguments.change, amountCents } }),
  },
});

const addressesOf = ({ proposalId }: About) => [
  '/',
  '/v1/commands',
  '/v1/executions',
  `/v1/executions/${proposalId}`,
  `/v1/executions/${proposalId}/execute`,
  '/v1/tools/crm.resolve-ticket@1',
];
const methods = ['POST', 'PUT', 'PATCH', 'DELETE'];
const callers = ['nobody', 'a liar', 'ana', 'lena', 'sam', 'paul', 'demo'];

/** Asks the executor itself; answers with the status. The correlation id is the given one. */
const askExecutor = async (
  as: string,
  method: string,
  path: string,
  body: unknown,
  correlationId = randomUUID() as string,
): Promise<number> => {
  const url = `${at.addresses.executor}${path}`;
  const headers = { 'x-correlation-id': correlationId };
  if (as !== 'nobody' && as !== 'a liar') {
    return (await at.ask(as, method, url, body, headers)).status;
  }
  const response = await fetch(url, {
    method,
    headers: {
      ...headers,
      'content-type': 'application/json',
      ...(as === 'a liar' && { authorization: 'Bearer e30.e30.e30' }),
    },
    body: JSON.stringify(body),
  });
  return response.status;
};

/** How far a service has read, and which of them does: noted now and then, whatever is asked. */
const notes = /^(relay|lease)-/;

/** Everything that was ever recorded, published or done. */
const everything = async () => {
  await untilQuiet(data);
  const { events, records } = await everythingOf(at.product.worlds);
  const ledger = await (await fetch(`${at.addresses.crm}/ledger`)).json();
  const recorded = events.filter(({ stream }) => !notes.test(stream));
  return { events: recorded.length, records: records.length, ledger };
};

describe('I1 C8 a request to the door of the executor itself', () => {
  it.each([
    ['that nobody has approved', () => proposed('absent', 'A-8201'), undefined],
    ['with other arguments', () => proposed('tampered', 'A-8202'), 999_900],
    ['that has expired', () => expired('expired', 'A-8203'), undefined],
    ['that has been performed', () => performed('reused', 'A-8204'), undefined],
  ])('does not execute a proposal %s, whoever asks', async (_, prepare, amountCents) => {
    const about = await prepare();
    const before = await everything();
    const answers = new Set<number>();
    for (const caller of callers) {
      for (const method of methods) {
        for (const path of addressesOf(about)) {
          answers.add(await askExecutor(caller, method, path, orderFor(about, amountCents)));
        }
      }
    }
    expect([...answers].sort()).toEqual([404, 405]);
    expect(await everything()).toEqual(before);
  });

  it('can ask for a message to be taken again, if it is an operator’s, and for nothing else', async () => {
    const { paths } = JSON.parse(readFileSync('docs/openapi/executor.json', 'utf8')) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const writing = Object.entries(paths)
      .filter(([, offered]) => Object.keys(offered).some((method) => method !== 'get'))
      .map(([path]) => path);
    expect(writing).toEqual([
      '/v1/dead-letters/executor/replay',
      '/v1/dead-letters/executor/{name}/replay',
    ]);
    for (const path of writing.map((route) => route.replace('{name}', 'some'))) {
      const ask = (as: string) => askExecutor(as, 'POST', path, { cause: 'handler-failed' });
      expect([await ask('nobody'), await ask('a liar'), await ask('ana')]).toEqual([401, 401, 403]);
    }
  });

  it('leaves a line in its log', async () => {
    const about = await proposed('told', 'A-8205');
    const sent = ['nobody', 'ana'].map((caller) => ({ caller, correlationId: randomUUID() }));
    for (const { caller, correlationId } of sent) {
      const path = `/v1/executions/${about.proposalId}`;
      expect(await askExecutor(caller, 'POST', path, orderFor(about), correlationId)).toBe(405);
    }
    await at.restart();
    const lines = readFileSync(join(data, 'logs', 'executor.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('request refused'))
      .map((line) => JSON.parse(line));
    for (const { correlationId } of sent) {
      expect(lines.filter((line) => line.correlationId === correlationId)).toMatchObject([
        { level: 'info', service: 'executor', status: 405, method: 'POST' },
      ]);
    }
    // Nothing was spent by being asked for.
    await at.decide('ana', about.proposalId, about.etag, { decision: 'approve' });
    await at.until(about.caseId, 'closed');
    expect(await at.effects('A-8205')).toHaveLength(1);
  });
});
