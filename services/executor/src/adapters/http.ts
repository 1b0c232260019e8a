import { Controller, Get, Inject, Param, ParseUUIDPipe } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { streams } from '@countersign/contracts';
import { fold } from '@countersign/decider';
import { readHistory } from '@countersign/event-store';
import { notFound, Roles } from '@countersign/http';
import { redact } from '@countersign/tools';
import { isVerified } from '../domain/authority.js';
import type { ExecutionFact, ExecutionState, Order } from '../domain/facts.js';
import { standingOf } from '../domain/standing.js';
import { executorParts } from './inbox.js';
import type { Taking } from './take-commands.js';
import { readAuthority } from './read-authority.js';

@ApiTags('executions')
@Controller('v1/executions')
export class ExecutionsHttp {
  constructor(@Inject(executorParts) private readonly parts: Taking) {}

  @Get(':proposalId')
  @Roles('supervisor', 'l2', 'sre', 'auditor', 'risk-owner', 'platform-owner')
  @ApiOperation({ summary: 'What was done about a released proposal, epoch by epoch' })
  async show(@Param('proposalId', ParseUUIDPipe) proposalId: string) {
    const { journal, decider } = this.parts.performing;
    const stream = streams.execution(proposalId);
    const { events, last } = await readHistory<ExecutionFact>(journal, stream);
    const state = fold<ExecutionFact, ExecutionState>(decider, events);
    if (state.phase === 'unknown' || !last) throw notFound(`nothing was ordered for ${proposalId}`);
    return {
      position: last.position,
      ...standingOf(state.order, events),
      arguments: await this.shownArguments(state.order),
    };
  }

  /** Arguments without what speaks of people; null when they can no longer be read. */
  private async shownArguments(order: Order): Promise<unknown> {
    const { performing } = this.parts;
    const authority = await readAuthority(performing, order);
    const tool = await performing.tools.find(order.tool);
    return tool && isVerified(authority) ? redact(tool, authority.content.arguments) : null;
  }
}
