import { HttpException } from '@nestjs/common';
import { forbidden, notFound, Problem, unavailable } from './problem.js';

type ByStatus = Readonly<Record<number, readonly [slug: string, title: string]>>;

const byStatus: ByStatus = {
  400: ['malformed-request', 'The request cannot be read'],
  404: ['not-found', 'There is nothing here'],
  405: ['method-not-allowed', 'This cannot be done here'],
  406: ['not-acceptable', 'There is no such form of this'],
  408: ['request-timeout', 'The request took too long to arrive'],
  413: ['too-large', 'The request is too large'],
  414: ['address-too-long', 'The address is too long'],
  415: ['unsupported-media-type', 'The body is of a kind that is not read here'],
  431: ['headers-too-large', 'The headers are too large'],
};

/**
 * The problem that an error means at the edge: ours as it is, those of framework and server by
 * their status, those of store and bus by their name; anything else is our fault and says nothing.
 */
export const problemOfError = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  switch ((error as { name?: unknown } | null)?.name) {
    case 'StoreUnavailable':
    case 'BusUnavailable':
      return unavailable(error);
    case 'NotPermitted':
      return forbidden(String(error));
    case 'TooLarge':
      return new Problem(413, 'too-large', 'The request is too large', { cause: error });
  }
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status === 404) return notFound();
  if (status === 401 || status === 403) return forbidden(String(error));
  const known = byStatus[status];
  if (known) return new Problem(status, ...known, { detail: detailOf(error), cause: error });
  if (status >= 400 && status < 500) {
    return new Problem(status, ...byStatus[400]!, { detail: detailOf(error), cause: error });
  }
  if (status === 503) return unavailable(error);
  return new Problem(500, 'internal', 'Something went wrong on our side', { cause: error });
};

/** Fastify's errors carry a code of its own beside the status; other numbers prove nothing. */
const statusOf = (error: unknown): number => {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const fromFastify = typeof code === 'string' && code.startsWith('FST_ERR_');
  return fromFastify && typeof statusCode === 'number' ? statusCode : 500;
};

const fastifyDetails: Readonly<Record<string, string>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the length of the body is not what its header says',
  FST_ERR_BAD_URL: 'the address is not valid',
};

const detailOf = (error: unknown): string | undefined => {
  if (error instanceof HttpException) return error.message;
  return fastifyDetails[(error as { code: string }).code];
};
