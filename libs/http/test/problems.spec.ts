import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { anIssuer, startApp } from './an-app.js';

let token: string;
let door: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => {
  const issuing = await anIssuer();
  token = await issuing.token();
  door = await startApp(issuing.jwks);
});
afterAll(() => door.app.close());
beforeEach(() => void door.log.lines.splice(0));

const kind = (slug: string) => `urn:countersign:problem:${slug}`;

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

  it('that takes nothing leaves a line when somebody wants to write there', async () => {
    await door.call('/v1/nothing');
    await door.call('/v1/tickets/7/decision');
    expect(door.log.lines).toEqual([]);
    await door.call('/v1/nothing', { method: 'POST' });
    await door.call('/v1/tickets?q=1', { method: 'DELETE' });
    expect(door.log.lines).toMatchObject([
      { level: 'info', status: 404, method: 'POST', route: '(none)' },
      { level: 'info', status: 405, method: 'DELETE', route: '(none)' },
    ]);
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
