import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { ToolRequest } from './request.js';
import {
  answerMaxBytes,
  noCallLeft,
  unknown,
  withCredential,
  type CallOptions,
  type CallOutcome,
  type Credentials,
  type ToolCaller,
} from './tool-caller.js';

export interface HttpCallerOptions {
  /** Base URL of each system, e.g. `{ crm: 'http://127.0.0.1:8090' }`. */
  readonly targets: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
}

/** Connections kept open to one system; more calls at once than this wait for one. */
const connectionsMax = 64;

/** Calls over HTTP, on connections that are kept open. Redirects are answers, never followed. */
export const httpToolCaller = ({ targets, credentials }: HttpCallerOptions): ToolCaller => {
  const keep = { keepAlive: true, maxSockets: connectionsMax };
  const agents = { 'http:': new HttpAgent(keep), 'https:': new HttpsAgent(keep) };
  const urls = new Map(Object.entries(targets).map(([name, url]) => [name, new URL(url)]));
  return {
    call: (request, options) => {
      const base = urls.get(request.target);
      if (!base) return Promise.resolve(noCallLeft('target-not-configured'));
      const headers = withCredential(request, credentials);
      if (!headers) return Promise.resolve(noCallLeft('credential-not-held'));
      return send(base, agents, request, headers, options);
    },
    close: () => {
      agents['http:'].destroy();
      agents['https:'].destroy();
      return Promise.resolve();
    },
  };
};

const send = (
  base: URL,
  agents: { 'http:': HttpAgent; 'https:': HttpsAgent },
  { method, path, body }: ToolRequest,
  headers: Record<string, string>,
  { deadlineMs, monotonic }: CallOptions,
): Promise<CallOutcome> =>
  new Promise((settle) => {
    const leftMs = deadlineMs - monotonic();
    if (leftMs <= 0) return settle(noCallLeft('deadline'));
    const secure = base.protocol === 'https:';
    // Bytes leave only over a connected socket; before that a failure is certain.
    let connected = false;
    const end = (cause: string) => {
      clearTimeout(timer);
      settle(connected ? unknown(cause) : noCallLeft(cause));
      outgoing.destroy();
    };
    if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body));
    const options = {
      method,
      host: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port || (secure ? 443 : 80),
      path: base.pathname.replace(/\/$/, '') + path,
      headers,
      agent: agents[base.protocol as 'http:' | 'https:'],
    };
    const outgoing = (secure ? requestHttps : requestHttp)(options, (incoming) => {
      collect(incoming, end, (text) => {
        clearTimeout(timer);
        settle({
          kind: 'answered',
          status: incoming.statusCode ?? 0,
          headers: single(incoming),
          body: text,
        });
      });
    });
    const timer = setTimeout(() => end('deadline'), leftMs);
    outgoing.once('socket', (socket: Socket) => {
      if (!socket.connecting) connected = true;
      else socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true));
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.name));
    outgoing.end(body);
  });

/** Reads an answer to its end, within limits. */
const collect = (
  incoming: IncomingMessage,
  end: (cause: string) => void,
  done: (text: string) => void,
): void => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > answerMaxBytes) end('answer-too-large');
    else chunks.push(chunk);
  });
  incoming.once('end', () => {
    if (incoming.complete) done(Buffer.concat(chunks).toString('utf8'));
  });
  incoming.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.name));
  incoming.once('aborted', () => end('ECONNRESET'));
};

const single = (incoming: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
