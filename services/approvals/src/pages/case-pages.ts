import {
  Controller,
  Get,
  Inject,
  Param,
  ParseUUIDPipe,
  Req,
  Res,
  UseFilters,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { correlationOf, Problem, Public } from '@countersign/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { listReaders } from '../adapters/list-questions.js';
import { approvalsParts, type ApprovalsParts } from '../adapters/parts.js';
import { listQuestions, type QuestionKind } from '../adapters/questions-view.js';
import { casePage, type CaseShown, type TimelineEntry } from './case-page.js';
import { PageFilter } from './page-filter.js';
import { sendPage } from './page.js';
import { mustVisit, pageParts, type PageParts } from './visit.js';

/** More than any case of ours asks (five visits a step). */
const questionsMax = 100;

/** The story of a case, as the orchestrator tells it to this very caller. */
@ApiExcludeController()
@Public()
@UseFilters(PageFilter)
@Controller('cases')
export class CasePages {
  constructor(
    @Inject(pageParts) private readonly pages: PageParts,
    @Inject(approvalsParts) private readonly parts: ApprovalsParts,
  ) {}

  @Get(':caseId')
  async show(
    @Param('caseId', ParseUUIDPipe) caseId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const visitor = await mustVisit(this.pages, request, listReaders);
    const ask = <T>(path: string) => this.askOrchestrator<T>(request, visitor.caller.token, path);
    const [shown, { entries }] = await Promise.all([
      ask<CaseShown>(`/v1/cases/${caseId}`),
      ask<{ entries: TimelineEntry[] }>(`/v1/cases/${caseId}/timeline`),
    ]);
    const questions = [...this.asked('approval', caseId), ...this.asked('assistance', caseId)].sort(
      (a, b) => a.requestedAt.localeCompare(b.requestedAt),
    );
    const now = this.parts.journal.clock.now();
    sendPage(reply, 200, casePage({ visitor, now, shown, entries, questions }));
  }

  private asked(kind: QuestionKind, caseId: string) {
    const query = { kind, caseId, sort: 'requestedAt', order: 'asc', limit: questionsMax } as const;
    return listQuestions(this.parts.view.reader, query).items;
  }

  private async askOrchestrator<T>(
    request: FastifyRequest,
    token: string,
    path: string,
  ): Promise<T> {
    const { status, body } = await this.pages.client.ask('orchestrator', {
      method: 'GET',
      path,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'x-correlation-id': correlationOf(request),
      },
    });
    const answer = JSON.parse(body.toString('utf8')) as { title?: string; detail?: string };
    if (status === 200) return answer as T;
    throw new Problem(status, 'case-not-shown', answer.title ?? 'The case cannot be shown', {
      detail: answer.detail,
    });
  }
}
