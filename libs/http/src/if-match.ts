import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

/** A strong entity tag, as it stands in `ETag`. */
export const etagOf = (version: string): string => `"${version}"`;

/**
 * The one version that the caller saw, from `If-Match: "<version>"`.
 * @throws Problem 428 when absent, 400 for a weak tag, several tags or `*`
 */
export const versionFromIfMatch = (header: string | undefined): string => {
  if (header === undefined || header === '') {
    throw new Problem(428, 'if-match-missing', 'Say which version you saw', {
      detail: 'send If-Match with the digest that was shown, in double quotes',
    });
  }
  const version = /^"([\x21\x23-\x7e]+)"$/.exec(header.trim())?.[1];
  if (version !== undefined) return version;
  throw new Problem(400, 'if-match-malformed', 'If-Match cannot be read', {
    errors: [{ parameter: 'If-Match', message: 'must be one version in double quotes' }],
  });
};

/** 412: the version that the caller saw is no longer the one that stands. */
export const staleVersion = (current: string): Problem =>
  new Problem(412, 'stale-version', 'What you saw has changed', {
    headers: { etag: etagOf(current) },
  });

/** Parameter of a handler: the version from `If-Match`. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) =>
  versionFromIfMatch(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);
