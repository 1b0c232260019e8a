import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDemoCrm, type DemoCrm, type DemoCrmOptions } from './crm.js';
import { bodyMaxBytes, ConnectionReset } from './exchange.js';

export interface RunningDemoCrm extends Pick<DemoCrm, 'request'> {
  readonly url: string;
  readonly port: number;
  /** Breaks open connections, waits until the ledger is written. */
  close(): Promise<void>;
}

/**
 * The demo CRM behind HTTP.
 * @param options.port 0 for any free one
 * @param options.host loopback unless said, e.g. `0.0.0.0` in a container
 * @throws the system's error when the port is taken or the ledger cannot be opened
 */
export const startDemoCrm = async (
  options: DemoCrmOptions & { readonly port: number; readonly host?: string },
): Promise<RunningDemoCrm> => {
  const crm = openDemoCrm(options);
  const server = createServer((request, response) => {
    answer(crm, request, response).catch((error: unknown) => {
      // Reset, not a polite end: what a caller sees when the other side has died.
      if (error instanceof ConnectionReset) request.socket.resetAndDestroy();
      else response.writeHead(500).end();
    });
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(options.port, options.host ?? '127.0.0.1', listening);
  }).catch(async (error: unknown) => {
    await crm.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    request: crm.request,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
      await crm.close();
    },
  };
};

const answer = async (
  crm: DemoCrm,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string') headers[name] = value;
  }
  const {
    status,
    headers: answered,
    body,
  } = await crm.request({
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers,
    body: await readBody(request),
  });
  response.writeHead(status, { ...answered, 'content-length': Buffer.byteLength(body) }).end(body);
};

/** Reads no more than it takes to know that a body is too large. */
const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (bytes <= bodyMaxBytes) chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks).toString('utf8');
};
