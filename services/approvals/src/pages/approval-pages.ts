import {
  Controller,
  Get,
  Inject,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Req,
  Res,
  UseFilters,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { reasonCodes } from '@countersign/contracts';
import { Problem, Public } from '@countersign/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { decideApproval, resolveApproval } from '../adapters/decide.js';
import {
  contentReaders,
  listApprovals,
  listAssistance,
  listReaders,
} from '../adapters/list-questions.js';
import { approvalsParts, type ApprovalsParts } from '../adapters/parts.js';
import { showApproval } from '../adapters/show-approval.js';
import { decisionNames, outcomeNames } from '../domain/approval-facts.js';
import { commentMaxLength } from './decision-forms.js';
import { decisionPage } from './decision-page.js';
import { choiceIn, maybeChoiceIn, neededTextIn, textIn, type Form } from './form-fields.js';
import { inboxPage } from './inbox-page.js';
import { PageFilter } from './page-filter.js';
import { sendOn, sendPage, type Visitor } from './page.js';
import { signInPage } from './sign-in-page.js';
import { mustSend, mustVisit, pageParts, visitorOf, type PageParts } from './visit.js';

/** A person decides on at most so many at a sitting; the rest is a click away. */
const pageLength = 50;
const decidedLength = 8;

/** The inbox and the decision page. GET shows, POST decides. */
@ApiExcludeController()
@Public()
@UseFilters(PageFilter)
@Controller()
export class ApprovalPages {
  constructor(
    @Inject(pageParts) private readonly pages: PageParts,
    @Inject(approvalsParts) private readonly parts: ApprovalsParts,
  ) {}

  @Get()
  async inbox(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('cursor') cursor: unknown,
  ): Promise<void> {
    if (!(await visitorOf(this.pages, request))) {
      return sendPage(reply, 200, signInPage({ personas: this.pages.issuer?.personas, next: '/' }));
    }
    const visitor = await mustVisit(this.pages, request, listReaders);
    const { parts } = this;
    const { caller } = visitor;
    const first = { sort: 'expiresAt', order: 'asc', limit: pageLength } as const;
    const last = { sort: 'endedAt', order: 'desc', limit: decidedLength } as const;
    const from = typeof cursor === 'string' && cursor !== '' ? { cursor } : {};
    const [open, uncertain, assistance, decided] = await Promise.all([
      listApprovals(parts, caller, { state: 'open', ...first, ...from }),
      listApprovals(parts, caller, { state: 'uncertain', ...first }),
      listAssistance(parts, caller, { state: 'open', ...first }),
      listApprovals(parts, caller, { state: 'ended', ...last }),
    ]);
    const now = parts.journal.clock.now();
    sendPage(reply, 200, inboxPage({ visitor, now, open, uncertain, assistance, decided }));
  }

  @Get('approvals/:proposalId')
  async show(
    @Param('proposalId', ParseUUIDPipe) proposalId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const visitor = await mustVisit(this.pages, request, contentReaders);
    await this.send(reply, 200, proposalId, visitor);
  }

  @Post('approvals/:proposalId/decision')
  async decide(
    @Param('proposalId', ParseUUIDPipe) proposalId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { visitor, form } = await mustSend(this.pages, request, contentReaders);
    const said = {
      decision: choiceIn(form, 'decision', decisionNames),
      digest: textIn(form, 'digest', 64),
      reasonCode: maybeChoiceIn(form, 'reasonCode', reasonCodes),
      comment: textIn(form, 'comment', commentMaxLength) || undefined,
    };
    try {
      if (said.decision === 'approve') await this.mustHaveSeenFlags(proposalId, visitor, form);
      await decideApproval(this.parts, proposalId, visitor.caller, said);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 422) throw error;
      const missing = error.options.detail ?? error.title;
      return this.send(reply, 422, proposalId, visitor, { typed: said, missing });
    }
    sendOn(reply, `/approvals/${proposalId}`);
  }

  @Post('approvals/:proposalId/resolution')
  async resolve(
    @Param('proposalId', ParseUUIDPipe) proposalId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { visitor, form } = await mustSend(this.pages, request, contentReaders);
    await resolveApproval(this.parts, proposalId, visitor.caller, {
      outcome: choiceIn(form, 'outcome', outcomeNames),
      evidence: neededTextIn(form, 'evidence', commentMaxLength),
    });
    sendOn(reply, `/approvals/${proposalId}`);
  }

  /** A warning that nobody ticked was not seen; the browser's own check can be passed by. */
  private async mustHaveSeenFlags(
    proposalId: string,
    { caller }: Visitor,
    form: Form,
  ): Promise<void> {
    const { flags, state } = await showApproval(this.parts, proposalId, caller);
    if (state !== 'open' || flags.every((_, n) => form[`seen-${n}`] === 'yes')) return;
    throw new Problem(422, 'warnings-unseen', 'Look at each warning first', {
      detail: 'Look at each warning and tick it, then approve.',
    });
  }

  private async send(
    reply: FastifyReply,
    status: number,
    proposalId: string,
    visitor: Visitor,
    more: Pick<Parameters<typeof decisionPage>[0], 'typed' | 'missing'> = {},
  ): Promise<void> {
    const shown = await showApproval(this.parts, proposalId, visitor.caller);
    const now = this.parts.journal.clock.now();
    sendPage(reply, status, decisionPage({ visitor, now, shown, ...more }));
  }
}
