import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
