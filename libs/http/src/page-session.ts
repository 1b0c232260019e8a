import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { forbidden } from './problem.js';

/** How a server-rendered page remembers who is there. */
export interface PageSessionOptions {
  /** Served over https: the cookie is `Secure` and bound to the host by its `__Host-` name. */
  readonly https: boolean;
  /** At least 32 random bytes; CSRF tokens of another secret do not count. */
  readonly secret: Uint8Array;
  readonly maxAgeSeconds: number;
}

export interface PageSession {
  /** Value of `Set-Cookie` that begins a session; `value` is kept as it is, e.g. a token. */
  begin(value: string): string;
  /** Value of `Set-Cookie` that ends it. */
  end(): string;
  /** What `begin` was given; undefined without a session. */
  read(request: Pick<FastifyRequest, 'headers'>): string | undefined;
  /** Goes into each form, as a hidden field. */
  csrfToken(session: string): string;
  /**
   * Must pass before a POST changes anything: same origin, and a token of this very session.
   * @throws Problem 403
   */
  mustBeOwnForm(request: FastifyRequest, session: string, csrfToken: unknown): void;
}

/** Cookie: never readable by scripts, never sent along from another site. */
export const pageSession = (options: PageSessionOptions): PageSession => {
  if (options.secret.length < 32) throw new TypeError('a page secret has at least 32 bytes');
  const name = options.https ? '__Host-session' : 'session';
  const attributes = `Path=/; HttpOnly; SameSite=Strict${options.https ? '; Secure' : ''}`;
  const csrfToken = (session: string): string =>
    createHmac('sha256', options.secret).update(`csrf\n${session}`).digest('base64url');
  return {
    begin: (value) =>
      `${name}=${encodeURIComponent(value)}; Max-Age=${options.maxAgeSeconds}; ${attributes}`,
    end: () => `${name}=; Max-Age=0; ${attributes}`,
    read: ({ headers }) => cookieOf(headers.cookie, name),
    csrfToken,
    mustBeOwnForm: (request, session, token) => {
      mustBeSameOrigin(request, options.https);
      const expected = Buffer.from(csrfToken(session));
      const given = Buffer.from(typeof token === 'string' ? token : '');
      if (given.length === expected.length && timingSafeEqual(given, expected)) return;
      throw forbidden('wrong CSRF token');
    },
  };
};

/** A browser names the origin of every POST; one that is silent or another's is refused. */
export const mustBeSameOrigin = (request: FastifyRequest, https: boolean): void => {
  const { origin, host } = request.headers;
  if (host !== undefined && origin === `${https ? 'https' : 'http'}://${host}`) return;
  throw forbidden(`foreign origin: ${origin ?? 'none'}`);
};

const cookieOf = (header: string | undefined, name: string): string | undefined => {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return decoded(pair.slice(at + 1).trim());
  }
  return undefined;
};

const decoded = (value: string): string | undefined => {
  try {
    return decodeURIComponent(value) || undefined;
  } catch {
    return undefined;
  }
};
