import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv4, type AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { demoPersonas, type Persona } from './personas.js';
import { openSigningKey, type SigningKey } from './signing-key.js';

export interface DevIssuerOptions {
  /** 0: any free port; then tokens do not outlive a restart, since the issuer's address changes. */
  readonly port: number;
  /** Where the signing key is kept; made at the first start. */
  readonly keyFile: string;
  readonly audience: string;
  /** Those of the demo unless said. */
  readonly personas?: readonly Persona[];
  /** Loopback addresses only, unless `published` says how this machine alone reaches it. */
  readonly host?: string;
  /** For a container, whose port is published on the loopback interface of its machine. */
  readonly published?: PublishedAt;
  /** ISO instant; the machine's unless given. */
  readonly now?: () => string;
}

export interface PublishedAt {
  /** As people on the machine call it and as it stands in `iss`, e.g. `http://127.0.0.1:8092`. */
  readonly url: string;
  /** Host names by which other containers call it. */
  readonly names: readonly string[];
}

export interface DevIssuer {
  /** The issuer, as it stands in `iss`. */
  readonly url: string;
  readonly port: number;
  /** A token without a detour over HTTP. @throws Error for an unknown persona */
  tokenFor(sub: string): Promise<string>;
  close(): Promise<void>;
}

const notice = 'Development issuer: anyone on this machine gets any token. Never for production.';
/** A working day. */
const lifetimeSeconds = 8 * 60 * 60;
const bodyMaxBytes = 4_096;

/**
 * Starts an OAuth-like issuer that gives out tokens for the asking, on this machine only.
 * @throws Error for another address than loopback, a port in use, an unreadable key file
 */
export const startDevIssuer = async (options: DevIssuerOptions): Promise<DevIssuer> => {
  const { host = '127.0.0.1', personas = demoPersonas, published } = options;
  mustBeOfThisMachine(host, published);
  const key = await openSigningKey(options.keyFile);
  const server = createServer();
  const port = await listen(server, options.port, host);
  const url = published?.url ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const tokenFor = (sub: string) => {
    const persona = personas.find((one) => one.sub === sub);
    if (!persona) throw new Error(`no persona ${JSON.stringify(sub)}`);
    return signToken(key, url, persona, options);
  };
  const names = published?.names ?? [];
  const answer = answers({ url, names, key, personas, tokenFor });
  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  return {
    url,
    port,
    tokenFor: async (sub) => tokenFor(sub),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const mustBeOfThisMachine = (host: string, published: PublishedAt | undefined): void => {
  if (published && !isLoopback(hostOf(published.url))) {
    throw new Error(
      `the development issuer is published on loopback addresses only, not at ${published.url}`,
    );
  }
  if (!published && !isLoopback(host)) {
    throw new Error(`the development issuer listens on loopback addresses only, not on ${host}`);
  }
};

const hostOf = (url: string): string => URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message =
        error.code === 'EADDRINUSE'
          ? `port ${port} for the development issuer is in use by another program`
          : `the development issuer cannot listen: ${error.message}`;
      reject(Object.assign(new Error(message, { cause: error }), { code: error.code }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });

const signToken = (
  key: SigningKey,
  issuer: string,
  { sub, name, email, roles, sources }: Persona,
  { audience, now = () => new Date().toISOString() }: DevIssuerOptions,
): Promise<string> => {
  const issuedAt = Math.floor(Date.parse(now()) / 1_000);
  return new SignJWT({ name, ...(email && { email }), roles, ...(sources && { sources }) })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(sub)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key.privateKey);
};

interface Answering {
  readonly url: string;
  readonly names: readonly string[];
  readonly key: SigningKey;
  readonly personas: readonly Persona[];
  readonly tokenFor: (sub: string) => Promise<string>;
}

const answers = (issuer: Answering) => {
  const documents: Readonly<Record<string, object>> = {
    '/.well-known/openid-configuration': {
      issuer: issuer.url,
      jwks_uri: `${issuer.url}/jwks`,
      token_endpoint: `${issuer.url}/token`,
      id_token_signing_alg_values_supported: ['ES256'],
    },
    '/jwks': { keys: [issuer.key.publicJwk] },
    '/personas': { personas: issuer.personas },
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    // A page elsewhere must not get at tokens by a name that it made to lead here.
    const called = hostOf(`http://${request.headers.host ?? ''}`);
    if (!isLoopback(called) && !issuer.names.includes(called)) {
      return send(response, 403, { error: 'called by a name that is not this machine' });
    }
    const document = documents[path];
    if (document && (request.method === 'GET' || request.method === 'HEAD')) {
      return send(response, 200, document);
    }
    if (path === '/token' && request.method === 'POST') {
      return giveToken(issuer, request, response);
    }
    const known = document !== undefined || path === '/token';
    return send(response, known ? 405 : 404, { error: known ? 'method not allowed' : 'not found' });
  };
};

const giveToken = async (
  { personas, tokenFor }: Answering,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const subs = personas.map(({ sub }) => sub);
  const as = await personaAskedFor(request).catch(() => undefined);
  if (typeof as !== 'string' || !subs.includes(as)) {
    return send(response, 400, {
      error: 'invalid_request',
      error_description: `send {"as": "…"} as JSON, with one of: ${subs.join(', ')}`,
    });
  }
  return send(response, 200, {
    access_token: await tokenFor(as),
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
  });
};

const personaAskedFor = async (request: IncomingMessage): Promise<unknown> => {
  // Another site's form cannot send this type, so no page makes tokens behind a person's back.
  if (!request.headers['content-type']?.startsWith('application/json')) return undefined;
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > bodyMaxBytes) return undefined;
  }
  return (JSON.parse(text) as { as?: unknown } | null)?.as;
};

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-development-issuer': 'never for production',
  });
  response.end(`${JSON.stringify({ notice, ...body })}\n`);
};
