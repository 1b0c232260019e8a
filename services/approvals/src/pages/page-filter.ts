import {
  Catch,
  Inject,
  Injectable,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { correlationOf, problemOfError, type Problem } from '@countersign/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { approvalsParts, type ApprovalsParts } from '../adapters/parts.js';
import { sendPage } from './page.js';
import { problemPage } from './problem-page.js';
import { signInPage } from './sign-in-page.js';
import { pageParts, visitorOf, type PageParts } from './visit.js';

/** Shows every error as a page; what must stay inside goes to the log. */
@Catch()
@Injectable()
export class PageFilter implements ExceptionFilter {
  constructor(
    @Inject(pageParts) private readonly pages: PageParts,
    @Inject(approvalsParts) private readonly parts: Pick<ApprovalsParts, 'journal'>,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOfError(error);
    this.tell(problem, request);
    if (reply.sent) return;
    void reply.headers({ ...problem.options.headers });
    if (problem.status === 401) return this.askWhoItIs(request, reply);
    const visitor = await visitorOf(this.pages, request).catch(() => undefined);
    const kept = keptFrom(request);
    const back = backTo(request);
    const correlationId = correlationOf(request);
    sendPage(reply, problem.status, problemPage({ visitor, problem, correlationId, kept, back }));
  }

  private askWhoItIs(request: FastifyRequest, reply: FastifyReply): void {
    const hadSession = this.pages.session.read(request) !== undefined;
    const page = signInPage({
      personas: this.pages.issuer?.personas,
      next: backTo(request) ?? pathOf(request),
      said: hadSession ? 'Your session is over. Please sign in again.' : undefined,
    });
    sendPage(reply, 401, page);
  }

  private tell(problem: Problem, request: FastifyRequest): void {
    const line = {
      correlationId: request.id,
      status: problem.status,
      problem: problem.slug,
      method: request.method,
      route: request.routeOptions.url ?? '(none)',
      caller: request.caller?.sub,
      cause: problem.options.cause,
    };
    const { log } = this.parts.journal;
    if (problem.status === 503) log.warn('page not served', line);
    else if (problem.status >= 500) log.error('page failed', line);
    else if ([401, 403, 409, 412].includes(problem.status)) log.info('page refused', line);
  }
}

const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0]!;

/** The page that a form stood on. */
const backTo = (request: FastifyRequest): string | undefined =>
  request.method === 'POST'
    ? /^\/(approvals|assistance)\/[^/]+/.exec(pathOf(request))?.[0]
    : undefined;

/** What was typed, so that nobody writes it twice. */
const keptFrom = ({ body }: FastifyRequest): string | undefined => {
  const { comment, evidence, rationale } = (body ?? {}) as Record<string, unknown>;
  return [comment, evidence, rationale].find((text) => typeof text === 'string');
};
