import {
  Controller,
  Get,
  Inject,
  Param,
  ParseUUIDPipe,
  Post,
  Req,
  Res,
  UseFilters,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { reasonCodes } from '@countersign/contracts';
import { parseJson, Problem, Public } from '@countersign/http';
import { argumentsMaxLength } from '@countersign/tools';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { declineAssistance, proposeAssistance } from '../adapters/assist.js';
import { contentReaders } from '../adapters/list-questions.js';
import { approvalsParts, type ApprovalsParts } from '../adapters/parts.js';
import { showAssistance } from '../adapters/show-assistance.js';
import { assistancePage } from './assistance-page.js';
import { commentMaxLength } from './decision-forms.js';
import { choiceIn, neededTextIn, textIn } from './form-fields.js';
import { PageFilter } from './page-filter.js';
import { sendOn, sendPage, type Visitor } from './page.js';
import { mustSend, mustVisit, pageParts, type PageParts } from './visit.js';

const rationaleMaxLength = 4_000;
const toolMaxLength = 80;

/** Where a person writes the proposal that the agent could not. */
@ApiExcludeController()
@Public()
@UseFilters(PageFilter)
@Controller('assistance')
export class AssistancePages {
  constructor(
    @Inject(pageParts) private readonly pages: PageParts,
    @Inject(approvalsParts) private readonly parts: ApprovalsParts,
  ) {}

  @Get(':requestId')
  async show(
    @Param('requestId', ParseUUIDPipe) requestId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const visitor = await mustVisit(this.pages, request, contentReaders);
    await this.send(reply, 200, requestId, visitor);
  }

  @Post(':requestId/proposal')
  async propose(
    @Param('requestId', ParseUUIDPipe) requestId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { visitor, form } = await mustSend(this.pages, request, contentReaders);
    const typed = {
      tool: textIn(form, 'tool', toolMaxLength),
      arguments: textIn(form, 'arguments', argumentsMaxLength),
      rationale: neededTextIn(form, 'rationale', rationaleMaxLength),
    };
    try {
      const written = { ...typed, arguments: objectFrom(typed.arguments) };
      await proposeAssistance(this.parts, requestId, visitor.caller, written);
    } catch (error) {
      // What was typed took time: it is shown again with what is wrong about it.
      if (!(error instanceof Problem) || ![400, 422, 503].includes(error.status)) throw error;
      return this.send(reply, error.status, requestId, visitor, { typed, wrong: wrongWith(error) });
    }
    sendOn(reply, `/assistance/${requestId}`);
  }

  @Post(':requestId/decline')
  async decline(
    @Param('requestId', ParseUUIDPipe) requestId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { visitor, form } = await mustSend(this.pages, request, contentReaders);
    await declineAssistance(this.parts, requestId, visitor.caller, {
      reasonCode: choiceIn(form, 'reasonCode', reasonCodes),
      comment: textIn(form, 'comment', commentMaxLength) || undefined,
    });
    sendOn(reply, `/assistance/${requestId}`);
  }

  private async send(
    reply: FastifyReply,
    status: number,
    requestId: string,
    visitor: Visitor,
    more: Pick<Parameters<typeof assistancePage>[0], 'typed' | 'wrong'> = {},
  ): Promise<void> {
    const shown = await showAssistance(this.parts, requestId, visitor.caller);
    const now = this.parts.journal.clock.now();
    sendPage(reply, status, assistancePage({ visitor, now, shown, ...more }));
  }
}

const objectFrom = (text: string): Record<string, unknown> => {
  const value = parseJson(Buffer.from(text));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Problem(422, 'arguments-invalid', 'The arguments do not fit the tool', {
    errors: [{ pointer: '/arguments', message: 'must be a JSON object' }],
  });
};

const wrongWith = ({ title, options }: Problem) => ({
  title,
  places: [
    ...(options.detail === undefined ? [] : [options.detail]),
    ...(options.errors ?? []).map(({ pointer, message }) => `${pointer ?? ''} ${message}`),
  ],
});
