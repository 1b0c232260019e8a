import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import {
  demoPersonas,
  startDevIssuer,
  startKeyServer,
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

/** The answer to one who calls this machine by another name, as a page elsewhere could make it. */
const statusWhenCalled = (port: number, host: string) =>
  new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: '/jwks', headers: { host } };
    request(options, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });

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
    expect(await statusWhenCalled(port, 'evil.example')).toBe(403);
  });

  it('is in a container what its published address says, and answers to the names it was given', async () => {
    const published = { url: 'http://127.0.0.1:8092', names: ['issuer'] };
    const issuer = await start({ host: '0.0.0.0', published });
    const [, payload] = (await issuer.tokenFor('ana')).split('.');
    const { iss } = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as { iss: string };
    expect([issuer.url, iss]).toEqual([published.url, published.url]);
    const answers = ['127.0.0.1:8092', 'issuer:8092', 'approvals:8092', 'evil.example'];
    const statuses = answers.map((name) => statusWhenCalled(issuer.port, name));
    expect(await Promise.all(statuses)).toEqual([200, 200, 403, 403]);
    const elsewhere = { url: 'http://10.0.0.1:8092', names: [] };
    await expect(start({ host: '0.0.0.0', published: elsewhere })).rejects.toThrow(
      'published on loopback addresses only',
    );
  });

  it('lets a service that may have no token see the public key alone', async () => {
    const issuer = await start();
    const keyFile = join(folder, 'keys', 'dev-issuer.jwk');
    const keys = await startKeyServer({ port: 0, host: '127.0.0.1', keyFile });
    try {
      const url = `http://127.0.0.1:${keys.port}`;
      const shown = (await (await fetch(`${url}/jwks`)).json()) as object;
      expect(await (await fetch(`${issuer.url}/jwks`)).json()).toMatchObject(shown);
      expect(JSON.stringify(shown)).not.toContain('"d"');
      const asked = await fetch(`${url}/token`, { method: 'POST', body: '{"as":"ana"}' });
      expect(asked.status).toBe(404);
    } finally {
      await keys.close();
    }
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
