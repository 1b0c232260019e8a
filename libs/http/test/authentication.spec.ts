import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT, generateKeyPair } from 'jose';
import { tokenVerifier } from '../src/index.js';
import { anIssuer, audience, issuer, now, nowSeconds, startApp } from './an-app.js';

let issuing: Awaited<ReturnType<typeof anIssuer>>;
let door: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => {
  issuing = await anIssuer();
  door = await startApp(issuing.jwks);
});
afterAll(() => door.app.close());
beforeEach(() => void door.log.lines.splice(0));

const get = (token?: string) => door.call('/v1/tickets', token === undefined ? {} : { token });
const claims = {
  iss: issuer,
  aud: audience,
  sub: 'ana',
  roles: ['supervisor'],
  exp: nowSeconds + 60,
};

describe('a caller with a valid token', () => {
  it('is known by subject, address, known roles and sources', async () => {
    const sources = ['https://shop.example/tickets', 7];
    const { status, body } = await get(await issuing.token({ sources }));
    expect(status).toBe(200);
    expect(body).toEqual({
      state: 'all',
      caller: {
        sub: 'ana',
        email: 'ana@example.test',
        roles: ['supervisor'],
        sources: ['https://shop.example/tickets'],
        token: true,
      },
    });
  });

  it('is let in a little before and after the written times, for clocks differ', async () => {
    expect((await get(await issuing.token({ exp: nowSeconds - 59 }))).status).toBe(200);
    expect((await get(await issuing.token({ nbf: nowSeconds + 59 }))).status).toBe(200);
  });
});

describe('A request without a good token is answered 401, without a reason', () => {
  const faults: [string, () => Promise<string | undefined>, string][] = [
    ['no token', async () => undefined, 'no bearer token'],
    ['not a token', async () => 'abc', 'ERR_JWS_INVALID'],
    ['an expired one', () => issuing.token({ exp: nowSeconds - 61 }), 'ERR_JWT_EXPIRED'],
    ['one from the future', () => issuing.token({ nbf: nowSeconds + 61 }), 'nbf'],
    ['one without an end', () => issuing.token({ exp: undefined }), 'exp'],
    ['one for somebody else', () => issuing.token({ aud: 'other' }), 'aud'],
    ['one of another issuer', () => issuing.token({ iss: 'http://other.test' }), 'iss'],
    ['one without a subject', () => issuing.token({ sub: undefined }), 'sub'],
    ['one with an empty subject', () => issuing.token({ sub: '' }), 'no subject'],
    ['an unsigned one', async () => new UnsecuredJWT(claims).encode(), 'ALG'],
    ['one signed by a stranger', async () => (await anIssuer()).token(), 'SIGNATURE'],
    ['one of an unknown key', () => issuing.token({}, { kid: '../../etc/passwd' }), 'NO_MATCHING'],
    [
      'one that brings its own key',
      async () => {
        const stranger = await anIssuer();
        return stranger.token({}, { jwk: stranger.jwk, jku: 'http://127.0.0.1:9/jwks' });
      },
      'SIGNATURE',
    ],
    [
      'one that uses the public key as a shared secret',
      async () => {
        const publicKey = await importJWK(issuing.jwk, 'ES256', { extractable: true });
        const secret = new TextEncoder().encode(await exportSPKI(publicKey as never));
        return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(secret);
      },
      'ALG',
    ],
    [
      'one under an algorithm that the key is not for',
      async () => {
        const { privateKey } = await generateKeyPair('EdDSA');
        return new SignJWT(claims)
          .setProtectedHeader({ alg: 'EdDSA', kid: 'key-1' })
          .sign(privateKey);
      },
      'ERR_JWKS_NO_MATCHING_KEY',
    ],
    ['a changed one', async () => (await issuing.token()).replace(/\.[^.]+\./, '.e30.'), 'ERR_JW'],
    ['an endless one', async () => `a.${'b'.repeat(9_000)}.c`, 'token too long'],
  ];
  it.each(faults)('%s', async (_, make, reason) => {
    const answer = await get(await make());
    expect(answer.status).toBe(401);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body).toEqual({
      type: 'urn:countersign:problem:unauthenticated',
      title: 'A valid bearer token is needed',
      status: 401,
      correlationId: answer.headers.get('x-correlation-id'),
    });
    const [line] = door.log.lines;
    expect(line).toMatchObject({ status: 401, route: '/v1/tickets', caller: undefined });
    expect(String(line!['cause'])).toContain(reason);
  });
});

describe('A caller that may not is answered 403, without a reason', () => {
  it.each([
    [['auditor'], 200],
    [['l2'], 403],
    [[], 403],
    ['supervisor', 403],
    [['Supervisor'], 403],
  ])('with the roles %j: %d', async (roles, status) => {
    const answer = await get(await issuing.token({ roles }));
    expect(answer.status).toBe(status);
    if (status === 403) {
      expect(answer.body).not.toHaveProperty('detail');
      expect(door.log.lines[0]).toMatchObject({ status: 403, caller: 'ana' });
    }
  });

  it('on a route that says neither who may nor that all may', async () => {
    const answer = await door.call('/v1/tickets/forgotten', { token: await issuing.token() });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain('never seen');
    expect(String(door.log.lines[0]!['cause'])).toContain('neither @Public nor @Roles');
  });
});

describe('a token verifier', () => {
  const verifierAt = (
    clock: { now: () => string },
    keys: Parameters<typeof tokenVerifier>[0]['keys'],
  ) => tokenVerifier({ issuer, audience, keys, clock });

  it('remembers a good token, but not beyond its end', async () => {
    let at = now;
    let asked = 0;
    const key = await importJWK(issuing.jwk, 'ES256');
    const { verify } = verifierAt({ now: () => at }, (async () => {
      asked += 1;
      return key;
    }) as never);
    const token = await issuing.token({ exp: nowSeconds + 100 });
    await verify(token);
    await verify(token);
    expect(asked).toBe(1);
    at = new Date((nowSeconds + 161) * 1_000).toISOString();
    await expect(verify(token)).rejects.toMatchObject({ status: 401 });
  });

  it('asks again after ten minutes, so that a withdrawn key stops counting', async () => {
    let at = now;
    let keys = issuing.jwks;
    const { createLocalJWKSet } = await import('jose');
    const { verify } = verifierAt({ now: () => at }, ((header: never, token: never) =>
      createLocalJWKSet(keys)(header, token)) as never);
    const token = await issuing.token();
    await verify(token);
    keys = (await anIssuer('key-2')).jwks;
    await verify(token);
    at = new Date((nowSeconds + 601) * 1_000).toISOString();
    await expect(verify(token)).rejects.toMatchObject({ status: 401 });
  });

  it('fetches the keys of its issuer, and answers 503 while it cannot', async () => {
    let up = false;
    const server: Server = createServer((_request, response) => {
      response.writeHead(up ? 200 : 500, { 'content-type': 'application/json' });
      response.end(up ? JSON.stringify(issuing.jwks) : '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { verify } = verifierAt({ now: () => now }, `http://127.0.0.1:${port}/jwks`);
    const token = await issuing.token();
    await expect(verify(token)).rejects.toMatchObject({ status: 503 });
    up = true;
    expect((await verify(token)).sub).toBe('ana');
    await new Promise((resolve) => server.close(resolve));
    const gone = verifierAt({ now: () => now }, `http://127.0.0.1:${port}/jwks`);
    await expect(gone.verify(token)).rejects.toMatchObject({ status: 503 });
  });
});
