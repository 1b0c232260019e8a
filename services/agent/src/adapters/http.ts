import { Controller, Get, Inject, Param, ParseUUIDPipe } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { streams } from '@countersign/contracts';
import type { Recorded } from '@countersign/decider';
import { metadataOf, recall, type Journal } from '@countersign/event-store';
import { notFound, Roles } from '@countersign/http';
import { nameAndVersion, redact } from '@countersign/tools';
import type { FactOf, RunFact } from '../domain/facts.js';
import { traceOf, type RunTrace } from '../domain/trace.js';
import type { StoredProfiles } from './stored-profiles.js';

export const readingToken = Symbol('agent reading parts');
export interface ReadingParts {
  readonly journal: Journal;
  readonly profiles: StoredProfiles;
}

@ApiTags('agent runs')
@Controller('v1/runs')
export class RunsHttp {
  constructor(@Inject(readingToken) private readonly parts: ReadingParts) {}

  /** Details of a step whose request has this id; the case's timeline names it. */
  @Get(':runId')
  @Roles('supervisor', 'l2', 'sre', 'auditor', 'risk-owner')
  @ApiOperation({ summary: 'Every call of one agent run: which, when, how long, what came of it' })
  async trace(
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<RunTrace & { position: string; correlationId: string }> {
    const { journal } = this.parts;
    const stored = await journal.store.read(streams.agentRun(runId), { requiresLeader: true });
    const last = stored.at(-1);
    if (!last) throw notFound(`no run ${runId}`);
    const events: Recorded<RunFact>[] = [];
    for (const event of stored) events.push(await recall<RunFact>(journal, event));
    const shown = new Map<string, unknown>();
    for (const event of events) {
      if (event.type === 'ToolCallStarted')
        shown.set(event.id, await this.withoutPeople(event.data));
    }
    const trace = traceOf(events, (event) => shown.get(event.id));
    return { position: last.position, correlationId: metadataOf(last).$correlationId, ...trace };
  }

  /** Arguments by the data classes of the tool's manifest; none when it cannot be read. */
  private async withoutPeople({ tool, arguments: args }: FactOf<'ToolCallStarted'>['data']) {
    const known = await this.parts.profiles.tool(tool);
    return known && nameAndVersion(known.reference) === nameAndVersion(tool)
      ? redact(known, args)
      : undefined;
  }
}
