import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { anIssuer, startApp } from './an-app.js';

let token: string;
let door: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => {
  const issuing = await anIssuer();
  token = await issuing.token();
  const options = { jsonTypes: ['application/cloudevents+json'], bodyLimitBytes: 2_000 };
  door = await startApp(issuing.jwks, undefined, options);
});
afterAll(() => door.app.close());
beforeEach(() => void door.log.lines.splice(0));

const ticket = { subject: 'late parcel', amount: 3 };
const kind = (slug: string) => `urn:countersign:problem:${slug}`;

describe('a body is validated, and each fault has a pointer', () => {
  it('good ones arrive as instances of their class', async () => {
    const data = { a: { b: [1] } };
    const { status, body } = await door.send('/v1/tickets', JSON.stringify({ ...ticket, data }));
    expect([status, body]).toEqual([201, { made: true, ticket: { ...ticket, data } }]);
  });

  it('all faults of a bad one are named at once', async () => {
    const bad = {
      amount: 101.5,
      addresses: [{ 'post/code': '1' }, { 'post/code': 2, city: 'Rome' }],
      colour: 'red',
    };
    const { status, type, body } = await door.send('/v1/tickets', JSON.stringify(bad));
    expect([status, type]).toEqual([400, 'application/problem+json']);
    expect(body).toMatchObject({ type: kind('invalid-request'), status: 400 });
    expect((body as { errors: unknown[] }).errors).toEqual(
      expect.arrayContaining([
        { pointer: '/colour', message: 'is not known here' },
        { pointer: '/subject', message: 'subject must be a string' },
        { pointer: '/amount', message: 'amount must be an integer number' },
        { pointer: '/amount', message: 'amount must not be greater than 100' },
        { pointer: '/addresses/1/post~1code', message: 'post/code must be a string' },
        { pointer: '/addresses/1/city', message: 'is not known here' },
      ]),
    );
  });

  it.each(['null', '7', '[]', '"x"'])('%s is no body', async (body) => {
    expect((await door.send('/v1/tickets', body)).status).toBe(400);
  });

  it('a query is validated by name', async () => {
    const { status, body } = await door.call('/v1/tickets?state=odd&x=1', { token });
    expect(status).toBe(400);
    expect((body as { errors: unknown[] }).errors).toEqual(
      expect.arrayContaining([
        { parameter: 'state', message: expect.stringContaining('open, closed') },
        { parameter: 'x', message: 'is not known here' },
      ]),
    );
  });
});

describe('a body that cannot be read', () => {
  it.each<[string, string | Buffer]>([
    ['broken JSON', '{"subject":'],
    ['an empty body', ''],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['half a character', '{"subject":"\\ud800"}'],
    ['half a character in a name', '{"\\udc00":1}'],
    ['an attack on prototypes', '{"data":{"__proto__":{"admin":true}}}'],
    ['the same, escaped', '{"data":{"\\u005f_proto__":{"admin":true}}}'],
    ['bottomless nesting', `{"data":${'['.repeat(900)}${']'.repeat(900)}}`],
  ])('%s is answered 400', async (_, body) => {
    const answer = await door.send('/v1/tickets', body);
    expect([answer.status, answer.type]).toEqual([400, 'application/problem+json']);
    expect(answer.body).toMatchObject({ type: kind('malformed-json') });
  });

  it('escaped characters, quotes and brackets in text are no fault', async () => {
    const subject = '\\"[[{é\u{1f600}';
    const { status, body } = await door.send('/v1/tickets', JSON.stringify({ ...ticket, subject }));
    expect([status, body]).toMatchObject([201, { ticket: { subject } }]);
    const escaped = '{"subject":"\\u00e9\\ud83d\\ude00","amount":1}';
    expect((await door.send('/v1/tickets', escaped)).status).toBe(201);
  });

  it('too large is answered 413, also when it comes without a length', async () => {
    const large = JSON.stringify({ ...ticket, data: { a: 'x'.repeat(3_000) } });
    const { status, type, body } = await door.send('/v1/tickets', large);
    expect([status, type]).toEqual([413, 'application/problem+json']);
    expect(body).toMatchObject({ type: kind('too-large') });
    const chunked = await fetch(`${door.url}/v1/tickets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  it.each([
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ])('%s is answered 415', async (type) => {
    const { status, body } = await door.send('/v1/tickets', 'subject=a', type);
    expect([status, body]).toMatchObject([415, { type: kind('unsupported-media-type') }]);
  });

  it('the further JSON types of an app are read', async () => {
    const type = 'application/cloudevents+json; charset=utf-8';
    expect((await door.send('/v1/tickets', JSON.stringify(ticket), type)).status).toBe(201);
  });
});

describe('an address', () => {
  it('that does not exist is answered 404', async () => {
    const { status, type, body } = await door.call('/v1/nothing?q=1');
    expect([status, type]).toEqual([404, 'application/problem+json']);
    expect(body).toMatchObject({ type: kind('not-found') });
    expect(JSON.stringify(body)).not.toContain('nothing?q');
  });

  it('that exists for other methods is answered 405 with those', async () => {
    const { status, headers, body } = await door.call('/v1/tickets?q=1', { method: 'DELETE' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect(body).toMatchObject({ type: kind('method-not-allowed') });
    expect((await door.call('/v1/tickets/7/decision')).headers.get('allow')).toBe('PUT');
  });

  it('that is no address, or an endless one, is a problem too', async () => {
    const status = (path: string) =>
      new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
        rawRequest({ port: door.port, host: '127.0.0.1', path, method: 'PUT' }, (answer) => {
          answer.resume();
          resolve([answer.statusCode, answer.headers['content-type']]);
        })
          .on('error', reject)
          .end();
      });
    expect(await status('/%zz')).toEqual([400, 'application/problem+json']);
    expect((await status(`/v1/tickets/${'x'.repeat(300)}/decision`))[0]).toBe(414);
  });
});

describe('an error from within', () => {
  it('of the edge keeps its members', async () => {
    const { status, body } = await door.call('/v1/tickets/fault/race');
    expect([status, body]).toMatchObject([
      409,
      { type: kind('decided'), title: 'Somebody was faster', winner: 'ben' },
    ]);
    expect(door.log.lines[0]).toMatchObject({ status: 409, problem: 'decided' });
  });

  it('of ours says nothing but its correlation id; the log says the rest (I23)', async () => {
    const { status, text, headers } = await door.call('/v1/tickets/fault/bug');
    expect(status).toBe(500);
    expect(text).not.toMatch(/s3cret|at |\.ts/);
    const [line] = door.log.lines;
    expect(line).toMatchObject({ level: 'error', cause: new Error('s3cret at line 7') });
    expect(line!.correlationId).toBe(headers.get('x-correlation-id'));
  });

  it('I24 of store or bus is answered 503 and when to come again', async () => {
    for (const name of ['StoreUnavailable', 'BusUnavailable']) {
      const { status, headers, text } = await door.call(`/v1/tickets/fault/${name}`);
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
      expect(text).not.toContain('inside');
    }
  });

  it.each([
    ['NotPermitted', 403],
    ['TooLarge', 413],
  ])('%s is answered %d', async (name, status) => {
    expect((await door.call(`/v1/tickets/fault/${name}`)).status).toBe(status);
  });
});

describe('If-Match', () => {
  const decide = (header?: string) =>
    door.call('/v1/tickets/7/decision', {
      method: 'PUT',
      token,
      ...(header !== undefined && { headers: { 'if-match': header } }),
    });

  it('says which version the caller saw', async () => {
    expect((await decide('"9c1e"')).body).toEqual({ id: '7', version: '9c1e' });
  });

  it('is asked for, and must be one strong tag', async () => {
    expect((await decide()).status).toBe(428);
    for (const header of ['*', 'W/"9c1e"', '9c1e', '"a", "b"', '""']) {
      expect([header, (await decide(header)).status]).toEqual([header, 400]);
    }
  });
});

describe('every answer', () => {
  it('carries strict headers, errors too', async () => {
    for (const path of ['/v1/tickets', '/v1/nothing', '/v1/tickets/fault/bug']) {
      const { headers } = await door.call(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;" +
          "connect-src 'self';frame-ancestors 'none';base-uri 'none';form-action 'self'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('strict-transport-security')).toContain('max-age=');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it("carries the caller's correlation id, if it is a UUID", async () => {
    const id = 'b6f3c1de-5c1c-5b57-9f0e-6d1f6c0a2f10';
    const correlated = async (given: string) =>
      (await door.call('/v1/nothing', { headers: { 'x-correlation-id': given } })).headers.get(
        'x-correlation-id',
      );
    expect(await correlated(id)).toBe(id);
    expect(await correlated('forged" line')).toMatch(/^[\da-f-]{36}$/);
  });
});
