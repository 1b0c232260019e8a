import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caseIdOf } from '@countersign/contracts';
import { countersign, startIn, type StartedProduct } from './command-line.js';

let folder: string;
let product: StartedProduct;
let caseId: string;
let proposalId: string;

const run = (...args: string[]) => countersign(args, product.env);
const json = async (...args: string[]): Promise<any> => {
  const { code, out, err } = await run(...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
};

const source = 'https://demo.example/tickets';
/** Asks the front door itself: a process for every look would take longer than the case. */
const ask = async (as: string, method: string, url: string, event?: object): Promise<any> => {
  const { access_token: token } = (await (
    await fetch(`${product.address('development issuer')}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ as }),
    })
  ).json()) as { access_token: string };
  const headers = {
    authorization: `Bearer ${token}`,
    ...(event && { 'content-type': 'application/cloudevents+json' }),
  };
  const response = await fetch(url, { method, headers, body: JSON.stringify(event) });
  return response.ok ? response.json() : undefined;
};
const until = async (what: string, look: () => Promise<any>): Promise<any> => {
  for (let n = 0; n < 400; n += 1) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never: ${what}`);
};

const sendTicket = async (id: string, order: string): Promise<string> => {
  const data = {
    customer: { id: order.slice(-4), name: 'Mara Lind' },
    subject: 'Broken mug',
    body: `The mug from order ${order} arrived broken. Please refund 5.00 EUR.`,
  };
  const type = 'support.ticket.created.v1';
  const event = { specversion: '1.0', id, source, type, data };
  const accepted = await ask('demo', 'POST', `${product.address('intake')}/v1/intake`, event);
  expect(accepted).toMatchObject({ caseId: caseIdOf(source, id) });
  return accepted.caseId;
};
const frontDoor = (path: string) =>
  ask('ana', 'GET', product.address('inbox and front door') + path);
const untilShown = (id: string, state: string): Promise<any> =>
  until(`${id} ${state}`, async () => {
    const found = await frontDoor(`/v1/cases/${id}`);
    return found?.state === state ? found : undefined;
  });
const pendingOf = async (id: string): Promise<string> => {
  const [proposal] = (await untilShown(id, 'awaiting-approval')).proposals;
  await until(`asked about ${proposal}`, () => frontDoor(`/v1/approvals/${proposal}`));
  return proposal;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-commands-'));
  product = await startIn(join(folder, 'data'));
  caseId = await sendTicket('cli-1', 'A-4101');
  proposalId = await pendingOf(caseId);
}, 30_000);
afterAll(async () => {
  await product?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('case (A8, E1)', () => {
  it('why says on whom, since when, what fires next and what moves it on', async () => {
    const { code, out } = await run('case', 'why', caseId);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toEqual([
      `Waiting for a decision on proposal ${proposalId}`,
      '  in queue support-supervisors, owned by head-of-support',
      expect.stringMatching(/^ {2}since \d{4}-.*Z \(.* ago\)$/),
      expect.stringMatching(/^ {2}next: the proposal expires at .*Z \(in 1 d 23 h\)$/),
      'To move it on:',
      `  ./countersign approval approve ${proposalId} --as ana`,
      `  ./countersign approval reject ${proposalId} --as ana --reason other`,
    ]);
    expect(await json('case', 'why', caseId)).toMatchObject({ on: 'people' });
  });

  it('list, show and timeline tell where it stands, for people and for programs', async () => {
    const ours = ['--owner', 'head-of-support', '--queue', 'support-supervisors'];
    const [list, shown, told, waiting] = await Promise.all([
      run('case', 'list', '--state', 'awaiting-approval', ...ours, '--sort', 'dueAt'),
      run('case', 'show', caseId),
      run('case', 'timeline', caseId),
      json('case', 'list', '--state', 'closed'),
    ]);
    expect((await run('assistance', 'list')).out).toMatch(/^request +state +queue +ends +case\n/);
    expect(list.out).toMatch(/^case +workflow +state +step +opened +next deadline\n/);
    expect(list.out).toContain(caseId);
    expect(list.out).toMatch(/\d+ of \d+ cases\n$/);
    expect(shown.out).toMatch(/^state +awaiting-approval$/m);
    expect(shown.out).toMatch(/^from +https:\/\/demo\.example\/tickets cli-1$/m);
    expect(told.out).toMatch(/upstream:https:\/\/demo\.example\/tickets.*opened under support/);
    expect(told.out).toMatch(/asked support-supervisors \(expires /);
    expect(waiting).toMatchObject({ items: [], total: 0 });
    for (const others of [
      ['--owner', 'somebody-else'],
      ['--queue', 'support-leads'],
    ]) {
      expect(await json('case', 'list', ...others)).toMatchObject({ items: [], total: 0 });
    }
  });
});

describe('token, logs and config', () => {
  it('token prints one token and nothing else', async () => {
    const { code, out } = await run('token', '--as', 'ana');
    expect(code).toBe(0);
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const nobody = await run('token', '--as', 'nobody');
    expect(nobody.code).not.toBe(0);
    expect(nobody.err.trim()).not.toMatch(/\n {4}at /);
  });

  it('logs --case tells one case through all services, by time', async () => {
    let lines: any[] = [];
    // Lines are written in batches, a tenth of a second apart.
    for (let n = 0; n < 10 && new Set(lines.map(({ service }) => service)).size < 4; n += 1) {
      const { out } = await run('logs', '--case', caseId, '--json');
      lines =
        out === ''
          ? []
          : out
              .trimEnd()
              .split('\n')
              .map((line) => JSON.parse(line));
    }
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['IntakeAccepted', 'CaseOpened', 'ApprovalRequested']),
    );
    for (const line of lines) expect(line).toMatchObject({ caseId, correlationId: caseId });
    const transitions = lines.filter(({ revision }) => revision !== undefined);
    expect(transitions.length).toBeGreaterThan(8);
    for (const { causationId, actor } of transitions) {
      expect([causationId, actor]).toEqual([expect.any(String), expect.any(String)]);
    }
    expect(lines.map(({ ts }) => ts)).toEqual(lines.map(({ ts }) => ts).sort());
    expect(JSON.stringify(lines)).not.toMatch(/Mara|arrived broken/);
    const { out } = await run('logs', '--case', caseId);
    expect(out).toMatch(/orchestrator +CaseOpened +case-.*@0 +upstream:/);
    const byCorrelation = await run('logs', '--correlation', caseId);
    expect(byCorrelation.out).toContain('CaseOpened');
  });

  it('config prints the settings in force, secrets withheld', async () => {
    const secret = { MODEL_API_KEY: 's3cret', LOG_LEVEL: 'debug' };
    const { out } = await countersign(['config'], { ...product.env, ...secret });
    expect(out).toContain('LOG_LEVEL=debug\n');
    expect(out).toContain('MODEL_API_KEY=(withheld)\n');
    expect(out).toContain(`APPROVALS_PORT=${product.env['APPROVALS_PORT']}\n`);
    expect(out).not.toContain('s3cret');
    const table = await run('config', '--table');
    expect(table.out).toMatch(/^\| setting \| kind \| default \| meaning \|\n/);
  });
});

describe('how a command ends', () => {
  const unknown = caseIdOf(source, 'never sent');

  it('1: nothing answers, with the way out', async () => {
    const nowhere = { ...product.env, DEV_ISSUER_PORT: '9' };
    const { code, err } = await countersign(['case', 'list'], nowhere);
    expect(code).toBe(1);
    expect(err).toMatch(/^nothing answers at http:\/\/127\.0\.0\.1:9: start the product .*--url/);
  });

  it('2: what cannot be read, with the error before the usage', async () => {
    const ended = await Promise.all([
      run('case', 'explode'),
      run('case', 'list', '--colour', 'red'),
      run('case', 'why'),
      run('approval', 'reject', unknown),
      run('approval', 'reject', unknown, '--reason', 'mood'),
    ]);
    expect(ended.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
    for (const { out, err } of ended) {
      expect(out).toBe('');
      expect(err).toMatch(/^error: /);
    }
  });

  it('2: an id that can be none, named with what it must be', async () => {
    const { code, err } = await run('case', 'show', 'not-an-id');
    expect(code).toBe(2);
    expect(err).toMatch(/uuid/i);
  });

  it('2: arguments that are no JSON', async () => {
    const file = join(folder, 'nothing.json');
    const tool = ['--tool', 'crm.resolve-ticket@1', '--arguments', file];
    const { code, err } = await run('assistance', 'propose', unknown, '--as', 'lena', ...tool);
    expect(code).toBe(2);
    expect(err).toContain(file);
  });

  it('3: there is no such thing', async () => {
    const ended = await Promise.all([
      run('case', 'show', unknown),
      run('case', 'timeline', unknown),
      run('approval', 'show', unknown),
      run('execution', 'show', unknown),
      run('logs', '--case', unknown),
      countersign(['logs'], { COUNTERSIGN_DATA: join(folder, 'nowhere') }),
    ]);
    expect(ended.map(({ code }) => code)).toEqual([3, 3, 3, 3, 3, 3]);
    expect(ended.map(({ out }) => out).join('')).toBe('');
  });

  it('5: not allowed, not with this role', async () => {
    const ended = await Promise.all([
      run('approval', 'approve', proposalId, '--as', 'adam'),
      run('case', 'list', '--as', 'shop'),
    ]);
    expect(ended.map(({ code }) => code)).toEqual([5, 5]);
  });

  it('4: somebody else was faster, and who (I13); the same again is fine', async () => {
    const reject = ['approval', 'reject', proposalId, '--reason', 'wrong-amount'];
    const first = await run(...reject, '--as', 'ana');
    expect(first).toMatchObject({ code: 0, out: `reject: ${proposalId} by ana\n` });
    expect((await run(...reject, '--as', 'ana')).code).toBe(0);
    const second = await run('approval', 'approve', proposalId, '--as', 'ben');
    expect(second.code).toBe(4);
    expect(second.err).toContain('ana');
    const ended = async () => (await run('approval', 'list', '--state', 'ended')).out;
    await until('the list tells how it ended', async () =>
      /rejected \d+.* ago/.test(await ended()) ? true : undefined,
    );
    await untilShown(caseId, 'rejected');
    const { out } = await run('case', 'why', caseId);
    expect(out).toMatch(/^It waits for nothing: it ended as rejected at .*Z\.\n$/);
  });
});

describe('start', () => {
  it('lets no second process at the data folder of a running one', async () => {
    const { code, out, err } = await countersign(['start'], product.env);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^data folder \S+ is in use by another Countersign \(process \d+\): stop that one or set COUNTERSIGN_DATA to another folder\n$/,
    );
  });

  it('takes a damaged lock for what it is, and not for another process', async () => {
    const data = join(folder, 'damaged');
    mkdirSync(data);
    writeFileSync(join(data, 'lock.sqlite'), 'no database '.repeat(500));
    const { code, err } = await countersign(['start'], { COUNTERSIGN_DATA: data });
    expect(code).toBe(1);
    expect(err).toMatch(/^data folder \S+ cannot be used \(file is not a database\): .*\n$/);
  });

  it('names a fault that it cannot read before it opens anything', async () => {
    const data = join(folder, 'never-opened');
    const env = { COUNTERSIGN_DATA: data, FAILPOINTS: 'agent.after_call=explode' };
    const { code, err } = await countersign(['start'], env);
    expect(code).toBe(1);
    expect(err).toMatch(/^FAILPOINTS must be point=kill@n, .*, not "agent\.after_call=explode"\n$/);
    expect(existsSync(data)).toBe(false);
  });
});

describe('demo (E23)', () => {
  it('--short --json is a line a sending, a step and a case, and one summary', async () => {
    const { code, out, err } = await run('demo', '--short', '--json', '--approve');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines: any[] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const of = (kind: string) => lines.filter((line) => line.kind === kind);
    expect(lines).toHaveLength(
      of('sent').length + of('step').length + of('case').length + of('summary').length,
    );
    expect(of('sent').map(({ file, what }) => `${file} ${what.split(' ')[0]}`)).toEqual([
      'refund.json accepted',
      'malformed.json refused:',
      'unclear.json accepted',
    ]);
    expect(of('case').map(({ file, state, ended }) => ({ file, state, ended }))).toEqual([
      { file: 'refund.json', state: 'closed', ended: true },
      { file: 'unclear.json', state: 'rejected', ended: true },
    ]);
    for (const { caseId: id, steps } of of('case')) {
      expect(of('step').filter((step) => step.caseId === id)).toHaveLength(steps);
    }
    expect(of('summary')).toEqual([lines.at(-1)]);
    expect(lines.at(-1)).toMatchObject({
      cases: 2,
      outcomes: { closed: 1, rejected: 1 },
      unexpected: [],
      effects: [{ change: expect.stringContaining('refund') }],
    });
  });
});

describe('the product stopped and started on the same data folder (A2)', () => {
  it('drains, and goes on where it was: a proposal that waits still waits', async () => {
    const waiting = await sendTicket('cli-2', 'A-4102');
    const proposal = await pendingOf(waiting);
    expect(await product.stop('SIGINT')).toBe(0);
    expect(product.printed()).toMatch(/draining…\nstopped: nothing is lost.*\n$/);

    product = await startIn(join(folder, 'data'));
    expect((await run('approval', 'list')).out).toContain(proposal);
    expect((await run('case', 'why', caseId)).out).toContain('ended as rejected');
    expect((await run('approval', 'approve', proposal)).code).toBe(0);
    await untilShown(waiting, 'closed');
    expect(await product.stop('SIGTERM')).toBe(0);
  });
});
