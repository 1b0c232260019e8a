import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import {
  demoPersonas,
  startDevIssuer,
  type DevIssuer,
  type DevIssuerOptions,
} from '../src/index.js';

let folder: string;
const running: DevIssuer[] = [];
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'issuer-'))));
afterEach(async () => {
  await Promise.all(running.splice(0).map((issuer) => issuer.close()));
  rmSync(folder, { recursive: true, force: true });
});

const start = async (options: Partial<DevIssuerOptions> = {}) => {
  const keyFile = join(folder, 'keys', 'dev-issuer.jwk');
  const issuer = await startDevIssuer({ port: 0, keyFile, audience: 'countersign', ...options });
  running.push(issuer);
  return issuer;
};
const ask = async (issuer: DevIssuer, body: string, type = 'application/json') => {
  const headers = { 'content-type': type };
  const answer = await fetch(`${issuer.url}/token`, { method: 'POST', body, headers });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
};
const verify = async (issuer: DevIssuer, token: string) => {
  const { url } = issuer;
  const config = (await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as {
    issuer: string;
    jwks_uri: string;
  };
  const keys = createRemoteJWKSet(new URL(config.jwks_uri));
  const options = { issuer: config.issuer, audience: 'countersign', algorithms: ['ES256'] };
  return (await jwtVerify(token, keys, options)).payload;
};

describe('the development issuer', () => {
  it('gives a token for the asking, good for a working day', async () => {
    const issuer = await start();
    const { status, body } = await ask(issuer, '{"as":"ana"}');
    expect([status, body]).toMatchObject([200, { token_type: 'Bearer', expires_in: 28_800 }]);
    const payload = await verify(issuer, body['access_token']!);
    expect(payload).toMatchObject({
      sub: 'ana',
      email: 'ana@example.test',
      roles: ['supervisor'],
      exp: payload.iat! + 28_800,
    });
    expect(payload).not.toHaveProperty('sources');
    expect((await verify(issuer, await issuer.tokenFor('shop'))).sources).toEqual([
      'https://shop.example/tickets',
    ]);
  });

  it('names its personas', async () => {
    const { url } = await start();
    const { personas } = (await (await fetch(`${url}/personas`)).json()) as { personas: unknown };
    expect(personas).toEqual(demoPersonas);
    expect(demoPersonas.map(({ sub, roles }) => `${sub} ${roles.join()}`)).toEqual([
      'ana supervisor',
      'ben supervisor',
      'lena l2',
      'sam sre',
      'rita risk-owner',
      'paul platform-owner',
      'adam auditor',
      'shop upstream',
      'demo upstream',
    ]);
  });

  it('keeps its key, so that tokens outlive a restart', async () => {
    const first = await start();
    const token = await first.tokenFor('ana');
    await running.pop()!.close();
    const second = await start({ port: first.port });
    expect((await verify(second, token)).sub).toBe('ana');
    expect(statSync(join(folder, 'keys', 'dev-issuer.jwk')).mode & 0o777).toBe(0o600);
    const keys = await (await fetch(`${second.url}/jwks`)).text();
    expect(JSON.parse(keys)).toMatchObject({ keys: [{ kty: 'EC', alg: 'ES256' }] });
    expect(keys).not.toContain('"d"');
  });

  it('says in every answer what it is', async () => {
    const { url } = await start();
    const paths = ['/.well-known/openid-configuration', '/jwks', '/personas', '/token', '/else'];
    for (const path of paths) {
      const answer = await fetch(url + path);
      expect(answer.headers.get('x-development-issuer')).toBe('never for production');
      expect(await answer.text()).toContain('Development issuer');
    }
  });

  const json = 'application/json';
  it.each<[string, string, string]>([
    ['an unknown persona', '{"as":"root"}', json],
    ['several personas', '{"as":["ana"]}', json],
    ['nobody', 'null', json],
    ['broken JSON', '{', json],
    ['an endless body', `{"as":"ana","x":"${'x'.repeat(5_000)}"}`, json],
    ['a form', 'as=ana', 'application/x-www-form-urlencoded'],
    ['what any page may post', '{"as":"ana"}', 'text/plain'],
  ])('refuses %s', async (_, body, type) => {
    const answer = await ask(await start(), body, type);
    expect(answer.status).toBe(400);
    expect(answer.body['error_description']).toContain('ana, ben');
  });

  it('listens on this machine only, and answers only to its names', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow('loopback addresses only');
    await expect(start({ host: 'issuer.example' })).rejects.toThrow('loopback addresses only');
    const { port } = await start();
    const status = await new Promise((resolve, reject) => {
      const options = { port, host: '127.0.0.1', path: '/jwks', headers: { host: 'evil.example' } };
      request(options, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('says in plain words why it cannot start', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toThrow(
      `port ${port} for the development issuer is in use`,
    );
    const keyFile = join(folder, 'broken.jwk');
    writeFileSync(keyFile, '{}');
    await expect(start({ keyFile })).rejects.toThrow('remove it to get a new one');
  });
});
