import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, Roles, type VerifiedCaller } from '@countersign/http';
import { declineAssistance, proposeAssistance } from './assist.js';
import { contentReaders, listAssistance, listReaders } from './list-questions.js';
import { approvalsParts, type ApprovalsParts } from './parts.js';
import { AssistanceProposalBody, DeclineBody, QuestionsListQuery } from './requests.js';
import { showAssistance } from './show-assistance.js';

@ApiTags('assistance')
@Controller('v1/assistance')
export class AssistanceHttp {
  constructor(@Inject(approvalsParts) private readonly parts: ApprovalsParts) {}

  @Get()
  @Roles(...listReaders)
  @ApiOperation({ summary: 'Where a person is asked for a proposal, a page at a time' })
  list(@Query() query: QuestionsListQuery, @Caller() caller: VerifiedCaller) {
    const { 'min-position': minPosition, ...rest } = query;
    return listAssistance(this.parts, caller, { ...rest, minPosition });
  }

  @Get(':requestId')
  @Roles(...contentReaders)
  @ApiOperation({ summary: 'One request: the case so far, and the tools to propose with' })
  show(@Param('requestId', ParseUUIDPipe) requestId: string, @Caller() caller: VerifiedCaller) {
    return showAssistance(this.parts, requestId, caller);
  }

  @Post(':requestId/proposal')
  @HttpCode(200)
  @Roles(...listReaders)
  @ApiOperation({ summary: 'Propose what the agent could not; somebody else decides on it' })
  propose(
    @Param('requestId', ParseUUIDPipe) requestId: string,
    @Body() body: AssistanceProposalBody,
    @Caller() caller: VerifiedCaller,
  ) {
    return proposeAssistance(this.parts, requestId, caller, body);
  }

  @Post(':requestId/decline')
  @HttpCode(200)
  @Roles(...listReaders)
  @ApiOperation({ summary: 'Say that there is nothing to propose, and why' })
  decline(
    @Param('requestId', ParseUUIDPipe) requestId: string,
    @Body() { reasonCode, comment }: DeclineBody,
    @Caller() caller: VerifiedCaller,
  ) {
    return declineAssistance(this.parts, requestId, caller, { reasonCode, comment });
  }
}
