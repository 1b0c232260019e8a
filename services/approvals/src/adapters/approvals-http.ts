import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  ParseUUIDPipe,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, etagOf, IfMatch, Roles, type VerifiedCaller } from '@countersign/http';
import type { FastifyReply } from 'fastify';
import { decideApproval, resolveApproval } from './decide.js';
import { contentReaders, listApprovals, listReaders } from './list-questions.js';
import { approvalsParts, type ApprovalsParts } from './parts.js';
import { ApprovalsListQuery, DecisionBody, ResolutionBody } from './requests.js';
import { showApproval } from './show-approval.js';

@ApiTags('approvals')
@Controller('v1/approvals')
export class ApprovalsHttp {
  constructor(@Inject(approvalsParts) private readonly parts: ApprovalsParts) {}

  @Get()
  @Roles(...listReaders)
  @ApiOperation({ summary: 'What people were asked to decide, a page at a time' })
  list(@Query() query: ApprovalsListQuery, @Caller() caller: VerifiedCaller) {
    const { 'min-position': minPosition, ...rest } = query;
    return listApprovals(this.parts, caller, { ...rest, minPosition });
  }

  @Get(':proposalId')
  @Roles(...contentReaders)
  @ApiOperation({ summary: 'One proposal: what will run, on what, and what you may do about it' })
  async show(
    @Param('proposalId', ParseUUIDPipe) proposalId: string,
    @Caller() caller: VerifiedCaller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const shown = await showApproval(this.parts, proposalId, caller);
    void reply.header('etag', etagOf(shown.digest));
    return shown;
  }

  @Put(':proposalId/decision')
  @HttpCode(200)
  @Roles(...listReaders)
  @ApiHeader({ name: 'If-Match', required: true, description: 'The digest you saw, quoted' })
  @ApiOperation({ summary: 'Approve, reject, or request changes; the token says who you are' })
  decide(
    @Param('proposalId', ParseUUIDPipe) proposalId: string,
    @IfMatch() digest: string,
    @Body() { decision, reasonCode, comment }: DecisionBody,
    @Caller() caller: VerifiedCaller,
  ) {
    const said = { decision, digest, reasonCode, comment };
    return decideApproval(this.parts, proposalId, caller, said);
  }

  @Put(':proposalId/resolution')
  @HttpCode(200)
  @Roles(...listReaders)
  @ApiOperation({ summary: 'Say what became of an uncertain write, having looked' })
  resolve(
    @Param('proposalId', ParseUUIDPipe) proposalId: string,
    @Body() { outcome, evidence }: ResolutionBody,
    @Caller() caller: VerifiedCaller,
  ) {
    return resolveApproval(this.parts, proposalId, caller, { outcome, evidence });
  }
}
