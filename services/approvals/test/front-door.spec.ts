import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ana } from './people-and-proposals.js';
import { http, startProduct, type Product } from './world.js';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
let seen: Seen[] = [];
let behind: Server;
let product: Product;

beforeAll(async () => {
  behind = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') });
      if (url.endsWith('/torn')) return response.destroy();
      if (url.endsWith('/endless')) return void response.end(Buffer.alloc(5 * 1024 * 1024));
      response.writeHead(url.endsWith('/missing') ? 404 : 202, {
        'content-type': 'application/json',
        etag: '"7"',
        'set-cookie': 'from=behind',
        'x-inner': 'stays inside',
      });
      return response.end(JSON.stringify({ url }));
    });
  });
  await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
  const services = { intake: url, orchestrator: url, agent: url, executor: 'http://127.0.0.1:9' };
  product = await startProduct({ services });
});
afterAll(async () => {
  await product.stop();
  behind.closeAllConnections();
  behind.close();
});

describe('the front door', () => {
  it.each([
    '/v1/cases?state=approved&limit=2',
    '/v1/cases/abc/timeline',
    '/v1/runs/abc',
    '/v1/intake?source=x&id=1',
    '/v1/dead-letters/orchestrator?cause=schema',
    '/v1/dead-letters/intake/intake.demo.v1%400-7',
  ])('passes GET %s on with the caller’s own token, and the answer back', async (path) => {
    seen = [];
    const { status, body, headers } = await http(product, 'GET', path, {
      as: ana,
      headers: { cookie: 'session=secret', 'x-forwarded-for': '1.2.3.4' },
    });
    expect([status, body, headers.get('etag')]).toEqual([202, { url: path }, '"7"']);
    expect(headers.get('x-inner')).toBeNull();
    expect(headers.get('set-cookie')).toBeNull();
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    const [{ headers: sent }] = seen as [Seen];
    expect(sent.authorization).toMatch(/^Bearer /);
    expect(sent['x-correlation-id']).toBe(headers.get('x-correlation-id'));
    expect(sent.cookie).toBeUndefined();
    expect(sent['x-forwarded-for']).toBeUndefined();
  });
  it('passes an event on to intake byte for byte, whatever its form', async () => {
    seen = [];
    const body = '{"n": 12345678901234567890, "broken": ';
    const headers = {
      'content-type': 'application/cloudevents+json',
      'ce-id': '7',
      'ce-source': 'https://shop.example',
    };
    await http(product, 'POST', '/v1/intake', { as: ana, body, headers });
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1/intake', body, headers });
  });
  it('passes a replay on to the service whose dead letters they are, and answers for its own', async () => {
    seen = [];
    const path = '/v1/dead-letters/agent/some%20key/replay';
    const body = { dryRun: true };
    expect((await http(product, 'POST', path, { as: ana, body })).status).toBe(202);
    expect(seen).toMatchObject([{ method: 'POST', url: path, body: JSON.stringify(body) }]);
    await http(product, 'POST', '/v1/dead-letters/intake/replay', { as: ana, body });
    expect(seen.map(({ url }) => url)).toEqual([path, '/v1/dead-letters/intake/replay']);
    const own = await http(product, 'GET', '/v1/dead-letters/approvals', { as: ana });
    expect(own.status).toBe(403);
    const nobodys = await http(product, 'GET', '/v1/dead-letters/nobody', { as: ana });
    expect(nobodys.status).toBe(404);
    expect(seen).toHaveLength(2);
  });
  it('serves each service’s OpenAPI document', async () => {
    seen = [];
    const { status } = await http(product, 'GET', '/openapi/agent.json');
    expect([status, seen[0]!.url]).toEqual([202, '/openapi.json']);
    const own = await http(product, 'GET', '/openapi/approvals.json');
    expect([own.status, own.headers.get('location')]).toEqual([302, '/openapi.json']);
    expect((await http(product, 'GET', '/openapi/other.json')).status).toBe(404);
    const { body } = await http(product, 'GET', '/openapi.json');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/approvals',
        '/v1/approvals/{proposalId}/decision',
        '/v1/assistance',
      ]),
    );
    expect(body.paths['/']).toBeUndefined();
  });
  it('opens nothing else of the services behind it', async () => {
    seen = [];
    for (const [method, path] of [
      ['POST', '/v1/cases'],
      ['DELETE', '/v1/runs/abc'],
      ['POST', '/v1/executions/abc'],
      ['DELETE', '/v1/dead-letters/agent/abc'],
    ] as const) {
      expect((await http(product, method, path, { as: ana, body: {} })).status).toBe(405);
    }
    expect((await http(product, 'GET', '/v1/secrets', { as: ana })).status).toBe(404);
    expect(seen).toEqual([]);
  });
  it('goes to no other host, whatever the request line says', async () => {
    seen = [];
    const { port } = new URL(product.url);
    const say = (line: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1');
        socket.setEncoding('utf8').once('data', (text) => {
          socket.destroy();
          resolve(String(text).split('\r\n', 1)[0]!);
        });
        socket.write(`${line}\r\nHost: x\r\n\r\n`);
      });
    await say('GET http://127.0.0.1:1/v1/cases HTTP/1.1');
    await say('GET //127.0.0.1:1/v1/cases HTTP/1.1');
    await say('GET /v1/cases/..//127.0.0.1:1/ HTTP/1.1');
    expect(seen.every(({ headers }) => headers.host?.startsWith('127.0.0.1:'))).toBe(true);
  });
  it('says 502 as a problem when a service cannot be reached, breaks off, or answers without end', async () => {
    for (const path of ['/v1/executions/abc', '/v1/runs/torn', '/v1/runs/endless']) {
      const { status, body, headers } = await http(product, 'GET', path, { as: ana });
      expect([status, body.type]).toEqual([502, 'urn:countersign:problem:service-unreachable']);
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(JSON.stringify(body)).not.toContain('ECONN');
    }
  });
  it('refuses bodies without end', async () => {
    const body = `"${'x'.repeat(300 * 1024)}"`;
    expect((await http(product, 'POST', '/v1/intake', { as: ana, body })).status).toBe(413);
  });
});
