import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { correlationOf, notFound } from '@countersign/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { frontedServices, type FrontedService } from '../settings.js';
import type { ServiceClient } from './ask-service.js';

export const serviceClientToken = Symbol('service client');

/** What is answered by whom. Only reads, intake's own door, and what operators do about dead letters. */
const routes: readonly { service: FrontedService; path: string; methods: readonly string[] }[] = [
  { service: 'intake', path: '/v1/intake', methods: ['GET', 'POST'] },
  { service: 'orchestrator', path: '/v1/cases', methods: ['GET'] },
  { service: 'orchestrator', path: '/v1/cases/*', methods: ['GET'] },
  { service: 'agent', path: '/v1/runs', methods: ['GET'] },
  { service: 'agent', path: '/v1/runs/*', methods: ['GET'] },
  { service: 'executor', path: '/v1/executions', methods: ['GET'] },
  { service: 'executor', path: '/v1/executions/*', methods: ['GET'] },
  ...frontedServices.flatMap((service) => [
    { service, path: `/v1/dead-letters/${service}`, methods: ['GET'] },
    { service, path: `/v1/dead-letters/${service}/*`, methods: ['GET'] },
    { service, path: `/v1/dead-letters/${service}/replay`, methods: ['POST'] },
    { service, path: `/v1/dead-letters/${service}/:name/replay`, methods: ['POST'] },
  ]),
];

/** As intake's own; it says what is too large, this door only keeps worse away. */
const bodyMaxBytes = 256 * 1024;

const forwarded = ['authorization', 'content-type', 'accept', 'traceparent'] as const;
const returned = [
  'content-type',
  'etag',
  'location',
  'retry-after',
  'www-authenticate',
  'allow',
] as const;

/**
 * The other services under this origin, so that people and programs need one address. It adds no
 * right and takes none away: the caller's token goes along and the service behind decides. Bodies
 * pass unread.
 */
@Injectable()
export class FrontDoor implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    @Inject(serviceClientToken) private readonly client: ServiceClient,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    // A context of its own: here bodies are bytes, everywhere else they are parsed.
    void server.register(async (door) => {
      door.removeAllContentTypeParsers();
      door.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
        done(null, body),
      );
      for (const { service, path, methods } of routes) {
        door.route({
          method: [...methods],
          url: path,
          bodyLimit: bodyMaxBytes,
          handler: (request, reply) => this.pass(service, request.url, request, reply),
        });
      }
      door.get<{ Params: { service: string } }>('/openapi/:service', (request, reply) => {
        const service = frontedServices.find((name) => `${name}.json` === request.params.service);
        if (request.params.service === 'approvals.json') return reply.redirect('/openapi.json');
        if (!service) throw notFound();
        return this.pass(service, '/openapi.json', request, reply);
      });
    });
  }

  private async pass(
    service: FrontedService,
    path: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const answer = await this.client.ask(service, {
      method: request.method,
      path,
      headers: { ...pick(request.headers, request), 'x-correlation-id': correlationOf(request) },
      body: Buffer.isBuffer(request.body) ? request.body : undefined,
    });
    for (const name of returned) {
      const value = answer.headers[name];
      if (value !== undefined) void reply.header(name, value);
    }
    return reply.code(answer.status).send(answer.body);
  }
}

/** Headers that mean something behind the door; cookies stay here. */
const pick = (headers: IncomingHttpHeaders, { method }: FastifyRequest): Record<string, string> => {
  const kept: Record<string, string> = {};
  for (const name of forwarded) {
    const value = headers[name];
    if (typeof value === 'string') kept[name] = value;
  }
  if (method !== 'POST') return kept;
  // CloudEvents in binary mode carries its attributes in headers.
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') kept[name] = value;
  }
  return kept;
};
