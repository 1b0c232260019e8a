import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Log } from '@countersign/telemetry';
import type { FastifyRequest } from 'fastify';
import { answerOtherMethods } from './allowed-methods.js';
import { BearerGuard } from './bearer-guard.js';
import { ProblemFilter } from './problem-filter.js';
import { readBodies } from './request-bodies.js';
import type { TokenVerifier } from './tokens.js';
import { requestValidation } from './validation.js';

export interface FastifyAppOptions {
  readonly log: Log;
  readonly tokens: TokenVerifier;
  /** Larger bodies are answered 413; 64 KiB unless said. */
  readonly bodyLimitBytes?: number;
  /** Media types read as JSON beside `application/json`. */
  readonly jsonTypes?: readonly string[];
  /** Whether HTML forms are read; only for server-rendered pages with their CSRF check. */
  readonly forms?: boolean;
}

/** Nothing is loaded but from ourselves, nothing is framed, no form leaves. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'"],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
  },
};

/** A request that takes longer to arrive is an attack or a broken network. */
const requestTimeoutMs = 30_000;

/**
 * A Nest application of ours, not yet listening: deny by default, problems by RFC 9457, strict
 * validation and headers, correlation ids. Nest's own process-wide logger stays silent: everything
 * that matters goes to `log`.
 */
export const fastifyApp = async (
  module: Type<unknown> | DynamicModule,
  options: FastifyAppOptions,
): Promise<NestFastifyApplication> => {
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimitBytes ?? 64 * 1024,
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: 256 },
    genReqId: (request: IncomingMessage) => correlationIdOf(request.headers['x-correlation-id']),
  });
  const server = adapter.getInstance();
  server.decorateRequest('caller', null);
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-correlation-id', request.id).header('cache-control', 'no-store');
    done();
  });
  await adapter.register(helmet as never, {
    contentSecurityPolicy,
    referrerPolicy: { policy: 'no-referrer' },
  });
  answerOtherMethods(server as never);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  readBodies(server as never, options.jsonTypes ?? [], options.forms ?? false);
  app.useGlobalFilters(new ProblemFilter(options.log));
  app.useGlobalGuards(new BearerGuard(options.tokens));
  app.useGlobalPipes(requestValidation());
  return app;
};

/** A caller may name its own correlation if it is a UUID; anything else could forge log lines. */
const correlationIdOf = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(given)
    ? given.toLowerCase()
    : randomUUID();

/** The correlation id of a request: the caller's, or a new one. Answers carry it as a header. */
export const correlationOf = (request: FastifyRequest): string => request.id;
