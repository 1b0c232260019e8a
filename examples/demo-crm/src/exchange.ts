/** One HTTP exchange, in process or over a socket. */
export interface CrmRequest {
  readonly method: string;
  /** Path with query, e.g. `/orders/A-20931`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface CrmResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The connection broke: the caller cannot know what happened. */
export class ConnectionReset extends Error {
  override readonly name = 'ConnectionReset';
  readonly code = 'ECONNRESET';
}

/** Largest body taken, in bytes. */
export const bodyMaxBytes = 64 * 1024;

export const json = (
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): CrmResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});

/** An error answer by RFC 9457. */
export const problem = (
  status: number,
  detail: string,
  headers: Record<string, string> = {},
): CrmResponse =>
  json(status, { status, detail }, { 'content-type': 'application/problem+json', ...headers });
