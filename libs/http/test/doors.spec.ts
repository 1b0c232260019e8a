import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CannotListen, fastifyApp, healthController, listen, openapi } from '../src/index.js';
import { anIssuer, memoryLog, startApp, Tickets } from './an-app.js';

let storeUp = true;
const health = healthController({
  service: 'approvals',
  version: '0.1.0',
  checks: [
    { name: 'store', check: () => storeUp },
    {
      name: 'relay',
      check: async () => {
        if (storeUp) return true;
        throw new Error('s3cret');
      },
    },
  ],
});

let document: ReturnType<typeof openapi>;
let door: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => {
  const { jwks } = await anIssuer();
  door = await startApp(jwks, [Tickets, health], {
    prepare: (app) => void (document = openapi(app, { title: 'Approvals', version: '0.1.0' })),
  });
});
afterAll(() => door.app.close());

describe('health', () => {
  it('is told to everybody', async () => {
    expect((await door.call('/livez')).body).toEqual({ status: 'live' });
    expect((await door.call('/version')).body).toEqual({ service: 'approvals', version: '0.1.0' });
    expect((await door.call('/readyz')).body).toEqual({
      status: 'ready',
      service: 'approvals',
      checks: { store: 'ok', relay: 'ok' },
    });
  });

  it('I24 turns unready, by name and without detail, while the process lives', async () => {
    storeUp = false;
    const { status, headers, body, text } = await door.call('/readyz');
    storeUp = true;
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(body).toMatchObject({ checks: { store: 'failing', relay: 'failing' } });
    expect(text).not.toContain('s3cret');
    expect((await door.call('/livez')).status).toBe(200);
  });
});

describe('the OpenAPI document', () => {
  it('is 3.1, and served to everybody', async () => {
    const { status, body } = await door.call('/openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(document)));
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'Approvals' } });
  });

  it('says of each operation that it may answer with a problem, and where it needs a token', () => {
    const { get, post } = document.paths['/v1/tickets']!;
    expect(get!.responses['default']).toMatchObject({
      content: { 'application/problem+json': {} },
    });
    expect(get!.security).toEqual([{ bearer: [] }]);
    expect(post!.security).toBeUndefined();
    expect(document.components!.schemas).toHaveProperty('Problem');
  });
});

describe('a port', () => {
  it('that is taken is named, with the setting that changes it', async () => {
    class Empty {}
    const app = await fastifyApp(Empty, {
      log: memoryLog(),
      tokens: { verify: () => Promise.reject(new Error('nobody')) },
    });
    const opening = listen(app, { port: door.port, setting: 'APPROVALS_PORT' });
    await expect(opening).rejects.toThrow(CannotListen);
    await expect(opening).rejects.toThrow(
      `port ${door.port} (127.0.0.1) is in use by another program; stop that one, ` +
        'or set APPROVALS_PORT to another port',
    );
    await app.close();
  });
});
