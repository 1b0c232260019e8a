import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Log } from '@countersign/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOfError } from './problem-of-error.js';
import { problemBody, type Problem } from './problem.js';

/** Refusals that tell of an attempt or of a race. */
const loggedStatus = new Set([401, 403, 409, 412]);

/** Renders every error as `application/problem+json`; what must stay inside goes to the log. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOfError(error);
    this.tell(problem, request);
    if (!reply.sent && !reply.raw.headersSent) sendProblem(reply, problem, request.id);
  }

  private tell(problem: Problem, request: FastifyRequest): void {
    const line = {
      correlationId: request.id,
      status: problem.status,
      problem: problem.slug,
      method: request.method,
      // The pattern, not the address: a query may speak of people.
      route: request.routeOptions.url ?? '(none)',
      caller: request.caller?.sub,
      cause: problem.options.cause,
    };
    if (problem.status === 503) this.log.warn('request not served', line);
    else if (problem.status >= 500) this.log.error('request failed', line);
    else if (loggedStatus.has(problem.status) || wantsToWrite(request))
      this.log.info('request refused', line);
  }
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/** At an address that takes nothing: reading there is a mistyped address, writing is an attempt. */
const wantsToWrite = ({ is404, method }: FastifyRequest): boolean => is404 && !reading.has(method);

/** Answers with a problem. Sent as bytes, so that no charset is added to a type that has none. */
export const sendProblem = (reply: FastifyReply, problem: Problem, correlationId: string): void => {
  const body = Buffer.from(JSON.stringify(problemBody(problem, correlationId)));
  const headers = { ...problem.options.headers, 'content-type': 'application/problem+json' };
  void reply.code(problem.status).headers(headers).send(body);
};
