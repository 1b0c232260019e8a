import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import { freePort } from '@countersign/ports';
import {
  answerMaxBytes,
  httpToolCaller,
  inProcessToolCaller,
  type CallOutcome,
  type InProcessTarget,
  type ToolCaller,
  type ToolRequest,
} from '../src/index.js';

const monotonic = () => performance.now();
const within = (ms: number) => ({ deadlineMs: monotonic() + ms, monotonic });
const request: ToolRequest = {
  target: 'crm',
  credential: 'crm-write',
  method: 'POST',
  path: '/echo',
  headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
  body: '{"naïve":"€"}',
};

/** The same system twice: as a function, and behind a socket. */
const target: InProcessTarget = ({ method, path, headers, body }) => {
  switch (path) {
    case '/reset':
      return Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    case '/silence':
      return new Promise(() => undefined);
    case '/large':
      return Promise.resolve({ status: 200, headers: {}, body: 'x'.repeat(answerMaxBytes + 1) });
    case '/redirect':
      return Promise.resolve({ status: 302, headers: { location: '/echo' }, body: '' });
    default: {
      const { authorization } = headers;
      const told = JSON.stringify({ method, authorization, key: headers['idempotency-key'], body });
      return Promise.resolve({ status: 200, headers: { etag: '"7"' }, body: told });
    }
  }
};

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
      const answer = await target({
        method: incoming.method!,
        path: incoming.url!,
        headers: incoming.headers as Record<string, string>,
        body: Buffer.concat(chunks).toString('utf8'),
      });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    })().catch(() => incoming.socket.resetAndDestroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const credentials = { 'crm-write': 'secret' };
const kinds: [string, () => ToolCaller][] = [
  ['over HTTP', () => httpToolCaller({ targets: { crm: `${url}/` }, credentials })],
  ['in process', () => inProcessToolCaller({ targets: { crm: target }, credentials })],
];

describe.each(kinds)('a call %s', (_, open) => {
  let caller: ToolCaller;
  beforeAll(() => {
    caller = open();
  });
  afterAll(() => caller.close());
  const call = (change: Partial<ToolRequest>, ms = 2_000): Promise<CallOutcome> =>
    caller.call({ ...request, ...change }, within(ms));

  it('is answered, with the secret that its credential names', async () => {
    const outcome = await call({});
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, headers: { etag: '"7"' } });
    expect(JSON.parse((outcome as { body: string }).body)).toEqual({
      method: 'POST',
      authorization: 'Bearer secret',
      key: 'k',
      body: request.body,
    });
  });

  it('is answered with what the other side says, also when it says no', async () => {
    expect(await call({ path: '/redirect' })).toMatchObject({ kind: 'answered', status: 302 });
  });

  it('does not leave without the secret, the address, or the time for it', async () => {
    expect(await call({ credential: 'crm-admin' })).toEqual({
      kind: 'no-call-left',
      cause: 'credential-not-held',
    });
    expect(await call({ credential: 'constructor' })).toMatchObject({ kind: 'no-call-left' });
    expect(await call({ target: 'elsewhere' })).toMatchObject({ kind: 'no-call-left' });
    expect(await call({}, -1)).toEqual({ kind: 'no-call-left', cause: 'deadline' });
  });

  it('ends unknown when no answer comes in time, the connection breaks, or too much comes', async () => {
    expect(await call({ path: '/silence' }, 50)).toEqual({ kind: 'unknown', cause: 'deadline' });
    expect(await call({ path: '/reset' })).toEqual({ kind: 'unknown', cause: 'ECONNRESET' });
    expect(await call({ path: '/large' })).toEqual({ kind: 'unknown', cause: 'answer-too-large' });
    // The next one works again.
    expect(await call({})).toMatchObject({ kind: 'answered' });
  });
});

describe('over HTTP, a call that never connected', () => {
  const callTo = (address: string, ms = 1_000) => {
    const caller = httpToolCaller({ targets: { crm: address }, credentials });
    return caller.call(request, within(ms)).finally(() => caller.close());
  };

  it('is known not to have left: nobody listens', async () => {
    expect(await callTo(`http://127.0.0.1:${await freePort()}`)).toEqual({
      kind: 'no-call-left',
      cause: 'ECONNREFUSED',
    });
  });

  it('is known not to have left: no such host, or no greeting where TLS is due', async () => {
    expect(await callTo('http://nowhere.invalid', 5_000)).toMatchObject({ kind: 'no-call-left' });
    expect(await callTo(url.replace('http:', 'https:'))).toMatchObject({ kind: 'no-call-left' });
  });
});

describe('over HTTP, a call that connected', () => {
  it.each([
    ['half an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'],
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['nothing', ''],
  ])('ends unknown when it gets %s', async (_, bytes) => {
    const rude = createSocketServer((socket) => {
      socket.once('data', () => socket.end(bytes)).on('error', () => undefined);
    });
    await new Promise<void>((listening) => rude.listen(0, '127.0.0.1', listening));
    const address = `http://127.0.0.1:${(rude.address() as AddressInfo).port}`;
    const caller = httpToolCaller({ targets: { crm: address }, credentials });
    expect(await caller.call(request, within(2_000))).toMatchObject({ kind: 'unknown' });
    await caller.close();
    rude.close();
  });
});
