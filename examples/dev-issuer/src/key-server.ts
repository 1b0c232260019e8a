import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openSigningKey } from './signing-key.js';

export interface KeyServerOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Any address: what it tells is public. */
  readonly host: string;
  /** The issuer's key; of it only the public half is shown. */
  readonly keyFile: string;
}

export interface KeyServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/jwks` and nothing else: for services that check tokens and must not be able to ask for
 * one, as the agent. @throws Error for a port in use or an unreadable key file
 */
export const startKeyServer = async (options: KeyServerOptions): Promise<KeyServer> => {
  const { publicJwk } = await openSigningKey(options.keyFile);
  const body = `${JSON.stringify({ keys: [publicJwk] })}\n`;
  const server = createServer(({ method, url }, response) => {
    if (method !== 'GET' || url !== '/jwks') return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(options.port, options.host, listening);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};
