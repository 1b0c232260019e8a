import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Log } from '@countersign/telemetry';
import type { FastifyInstance, FastifyRequest, FastifyServerOptions } from 'fastify';
import { answerOtherMethods } from './allowed-methods.js';
import { BearerGuard } from './bearer-guard.js';
import { ProblemFilter, sendProblem } from './problem-filter.js';
import { problemOfError } from './problem-of-error.js';
import { readBodies } from './request-bodies.js';
import { securityHeaders } from './security-headers.js';
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
  /** A server that listens already, opened and closed by its owner; one of its own unless said. */
  readonly server?: () => Server;
}

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
  const serverOptions: FastifyServerOptions = {
    bodyLimit: options.bodyLimitBytes ?? 64 * 1024,
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: 256 },
    // The router's own refusals (no address, an endless one) come before every hook.
    frameworkErrors: (error, request, reply) =>
      sendProblem(reply.headers(securityHeaders), problemOfError(error), request.id),
    ...(options.server && { serverFactory: options.server }),
    genReqId: (request) => correlationIdOf(request.headers['x-correlation-id']),
  };
  const adapter = new FastifyAdapter(serverOptions);
  const server = adapter.getInstance() as unknown as FastifyInstance;
  server.decorateRequest('caller', null);
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders).header('x-correlation-id', request.id);
    done();
  });
  answerOtherMethods(server);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  readBodies(server, options.jsonTypes ?? [], options.forms ?? false);
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
