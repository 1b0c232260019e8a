import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
}

const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'correlationId'],
  properties: {
    type: { type: 'string', description: 'urn:countersign:problem:{kind}' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    correlationId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['message'],
        properties: {
          pointer: { type: 'string', description: 'RFC 6901, into the body' },
          parameter: { type: 'string' },
          message: { type: 'string' },
        },
      },
    },
  },
};

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;

/**
 * The OpenAPI 3.1 document of an app, also served to everybody at `/openapi.json`. Call before the
 * app listens.
 */
export const openapi = (app: NestFastifyApplication, options: OpenApiOptions): OpenAPIObject => {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(options.title)
    .setVersion(options.version)
    .setDescription(options.description ?? '')
    .addBearerAuth();
  const document = withProblems(SwaggerModule.createDocument(app, builder.build()));
  const body = JSON.stringify(document, null, 2);
  app
    .getHttpAdapter()
    .get('/openapi.json', (_request: FastifyRequest, reply: FastifyReply) =>
      reply.type('application/json').send(body),
    );
  return document;
};

/** Every operation may answer with a problem. */
const withProblems = (document: OpenAPIObject): OpenAPIObject => {
  const components = document.components ?? {};
  components.schemas = { ...components.schemas, Problem: problemSchema as never };
  const problem = {
    description: 'A problem (RFC 9457)',
    content: {
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    },
  };
  for (const path of Object.values(document.paths)) {
    for (const operation of methods.map((method) => path[method])) {
      if (operation) operation.responses = { ...operation.responses, default: problem };
    }
  }
  return { ...document, components };
};
