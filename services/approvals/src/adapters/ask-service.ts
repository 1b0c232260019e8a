import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Problem } from '@countersign/http';
import type { FrontedService } from '../settings.js';

/** One request to another service, on behalf of whoever made it here. */
export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks the other services over HTTP, on connections that are kept open. */
export interface ServiceClient {
  /** @throws Problem 502 it cannot be reached or answers too much, 504 it takes too long */
  ask(service: FrontedService, asked: Asked): Promise<ServiceAnswer>;
  close(): Promise<void>;
}

/** Longer than any service of ours may wait (`min-position`: 5 s). */
const answerMaxMs = 10_000;
/** A timeline of thousands of entries; more is not an answer of ours. */
const answerMaxBytes = 4 * 1024 * 1024;
/** To one service at once; more requests wait for one. */
const connectionsMax = 64;

/** @param services base URL of each service, plain HTTP: they stand on one machine or one network */
export const serviceClient = (
  services: Readonly<Record<FrontedService, string>>,
): ServiceClient => {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  return {
    ask: (service, asked) => send(agent, service, new URL(services[service]), asked),
    close: () => {
      agent.destroy();
      return Promise.resolve();
    },
  };
};

const send = (
  agent: Agent,
  service: FrontedService,
  // Host and port are the service's, whatever stands in the path.
  { hostname, port }: URL,
  { method, path, headers, body }: Asked,
): Promise<ServiceAnswer> =>
  new Promise((resolve, reject) => {
    const fail = (problem: Problem) => {
      clearTimeout(timer);
      reject(problem);
      outgoing.destroy();
    };
    const length = body && { 'content-length': String(body.length) };
    const to = { agent, hostname: hostname.replace(/^\[|\]$/g, ''), port, method, path };
    const outgoing = request({ ...to, headers: { ...headers, ...length } });
    const timer = setTimeout(() => fail(tooLate(service)), answerMaxMs);
    outgoing.once('error', (error) => fail(unreachable(service, error)));
    outgoing.once('response', (incoming) => {
      collect(incoming, (error) => fail(unreachable(service, error))).then((answer) => {
        clearTimeout(timer);
        resolve({ status: incoming.statusCode ?? 502, headers: incoming.headers, body: answer });
      }, fail);
    });
    outgoing.end(body);
  });

const collect = (incoming: IncomingMessage, fail: (error: Error) => void): Promise<Buffer> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > answerMaxBytes) fail(new Error(`an answer of more than ${answerMaxBytes} bytes`));
      else chunks.push(chunk);
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks)));
    incoming.once('error', fail);
  });

const unreachable = (service: FrontedService, cause: Error): Problem =>
  new Problem(502, 'service-unreachable', 'A service behind this door cannot be reached', {
    detail: `${service} did not answer. What it keeps is safe; please try again.`,
    headers: { 'retry-after': '5' },
    cause: String(cause),
  });

const tooLate = (service: FrontedService): Problem =>
  new Problem(504, 'service-too-late', 'A service behind this door took too long', {
    detail: `${service} did not answer within ${answerMaxMs / 1_000} seconds.`,
    headers: { 'retry-after': '5' },
  });
