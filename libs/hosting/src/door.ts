import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service } from '@countersign/contracts';
import {
  notReady,
  Problem,
  problemBody,
  securityHeaders,
  statesOf,
  whyNotListening,
  type ReadinessCheck,
} from '@countersign/http';

/** An HTTP address that answers from the first moment: first that its service lives, then all. */
export interface Door {
  readonly port: number;
  readonly server: Server;
  /** From now on these are the answers. */
  handOver(answer: RequestListener): void;
  /** Takes no new request; resolves when those in hand are answered. */
  close(): Promise<void>;
}

export interface DoorOptions {
  readonly service: Service;
  /** Address to bind, e.g. `127.0.0.1`, or `0.0.0.0` in a container. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Setting that names the port, for the error when it is busy. */
  readonly portSetting: string;
  /** What the service waits for while nobody has taken the door over. */
  readonly waitsFor: readonly ReadinessCheck[];
}

/** As the application behind it. */
const requestTimeoutMs = 30_000;
const keepAliveTimeoutMs = 72_000;
const idleLookMs = 50;

/**
 * Opens a service's door before the service can work: `/livez` says 200, `/readyz` says 503 and what
 * is missing, and everything else that it must be asked again.
 * @throws CannotListen
 */
export const openDoor = async (options: DoorOptions): Promise<Door> => {
  let answer: RequestListener = (request, response) =>
    void answerWaiting(options, request, response).catch(() => response.destroy());
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) =>
    answer(request, response),
  );
  server.keepAliveTimeout = keepAliveTimeoutMs;
  await listening(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    server,
    handOver: (next) => {
      answer = next;
    },
    close: () => closed(server),
  };
};

const listening = (server: Server, { host, port, portSetting }: DoorOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(whyNotListening(error, { host, port, setting: portSetting })),
    );
    server.listen(port, host, resolve);
  });

/** Connections that were busy when it closed are let go as soon as they are idle. */
const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const looking = setInterval(() => server.closeIdleConnections(), idleLookMs);
    server.close(() => {
      clearInterval(looking);
      resolve();
    });
  });

const answerWaiting = async (
  { service, waitsFor }: DoorOptions,
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const correlationId = randomUUID();
  const send = (status: number, type: string, body: object, headers = {}) => {
    const told = { 'content-type': type, 'x-correlation-id': correlationId };
    response.writeHead(status, { ...securityHeaders, ...told, ...headers });
    response.end(JSON.stringify(body));
  };
  if (url === '/livez') return send(200, 'application/json', { status: 'live' });
  const problem = url === '/readyz' ? notReady(service, await statesOf(waitsFor)) : starting;
  const body = problemBody(problem, correlationId);
  return send(problem.status, 'application/problem+json', body, problem.options.headers);
};

const starting = new Problem(503, 'unavailable', 'This cannot be done now; please try again', {
  detail: 'The service is starting. /readyz says what it waits for.',
  headers: { 'retry-after': '5' },
});
