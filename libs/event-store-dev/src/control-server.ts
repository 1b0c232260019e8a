import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { portBusy } from './cannot-start.js';
import { faultChangesFrom } from './fault-changes.js';
import type { Faults } from './faults.js';

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface Controlled {
  readonly faults: Faults;
  /** Resolves when the server answers again. */
  readonly restart: (downMs: number) => Promise<void>;
}

/** Larger than any change of faults. */
const bodyMaxBytes = 64 * 1_024;

/**
 * Shows and sets faults over HTTP, on the loopback interface whatever the store listens on.
 * @throws EventStoreCannotStart the port is busy
 */
export const controlServer = async (
  controlled: Controlled,
  port: number,
): Promise<ControlServer> => {
  const server = createServer((request, response) => {
    answer(controlled, request).then(
      ({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(`${JSON.stringify(body)}\n`);
      },
      (error: unknown) => {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(`${JSON.stringify({ error: (error as Error).message })}\n`);
      },
    );
  });
  const bound = await bind(server, port);
  return {
    url: `http://127.0.0.1:${bound}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};

const bind = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => reject(portBusy(port, 'EVENTSTORE_CONTROL_PORT', error)));
    server.listen({ port, host: '127.0.0.1' }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });

const answer = async (
  controlled: Controlled,
  request: IncomingMessage,
): Promise<{ status: number; body: unknown }> => {
  if (request.url !== '/faults') return { status: 404, body: { error: 'there is /faults only' } };
  const { faults } = controlled;
  if (request.method === 'POST') {
    const { settings, dropSubscriptions, restartAfterMs } = faultChangesFrom(await bodyOf(request));
    faults.set(settings);
    const dropped = dropSubscriptions ? faults.dropSubscriptions() : 0;
    if (restartAfterMs !== undefined) await controlled.restart(restartAfterMs);
    return { status: 200, body: { ...shown(faults), dropped } };
  }
  if (request.method !== 'GET') return { status: 405, body: { error: 'GET or POST' } };
  return { status: 200, body: shown(faults) };
};

/** JSON by name only: no page in a browser can send that here unasked. */
const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new Error('a change is sent as application/json');
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > bodyMaxBytes) throw new Error(`a change has at most ${bodyMaxBytes} bytes`);
    pieces.push(piece);
  }
  return JSON.parse(Buffer.concat(pieces).toString()) as unknown;
};

const shown = (faults: Faults) => ({ ...faults.settings, subscriptions: faults.subscriptions });
