import { Controller, Get, Inject, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { caseStates, streams, type CaseStateName } from '@countersign/contracts';
import { effectIdOf, type Recorded } from '@countersign/decider';
import { metadataOf, recall, type Journal, type View } from '@countersign/event-store';
import { mustHaveReached, notFound, Roles } from '@countersign/http';
import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { CaseFact } from '../domain/facts.js';
import { requestNameOf } from '../domain/react.js';
import { countByState, listCases, sortKeys } from '../reading/case-table.js';
import { timelineOf } from '../reading/timeline.js';
import { waitingOf } from '../reading/waiting.js';
import type { CaseProcesses } from './case-processes.js';

export const readingParts = Symbol('reading parts');
export interface ReadingParts {
  readonly journal: Journal;
  readonly processes: CaseProcesses;
  readonly view: View;
}

const readers = ['supervisor', 'l2', 'auditor', 'sre', 'risk-owner', 'platform-owner'] as const;

/** In the form that instants are compared in, whatever the zone; empty where it is none. */
const asStored = (value: unknown): string => {
  const ms = /^\d{4}-\d\d-\d\d(T|$)/.test(String(value)) ? Date.parse(String(value)) : NaN;
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString();
};

export class CaseListQuery {
  /** Case states, comma-separated. */
  @IsOptional()
  @Transform(({ value }) => String(value).split(','))
  @IsIn(caseStates, { each: true })
  @ApiProperty({ enum: caseStates, isArray: true, required: false })
  state?: CaseStateName[];

  @IsOptional()
  @IsString()
  @MaxLength(128)
  @ApiProperty({ type: String, required: false, maxLength: 128 })
  workflow?: string;

  /** One of the owners of the workflow, in whatever part, or of the queue that it waits in. */
  @IsOptional()
  @IsString()
  @Length(1, 128)
  @ApiProperty({ type: String, required: false, minLength: 1, maxLength: 128 })
  owner?: string;

  /** Only cases that wait for people in that queue. */
  @IsOptional()
  @IsString()
  @Length(1, 128)
  @ApiProperty({ type: String, required: false, minLength: 1, maxLength: 128 })
  queue?: string;

  @IsOptional()
  @Transform(({ value }) => asStored(value))
  @IsISO8601()
  @ApiProperty({ type: String, required: false, format: 'date-time' })
  openedBefore?: string;

  @IsOptional()
  @Transform(({ value }) => asStored(value))
  @IsISO8601()
  @ApiProperty({ type: String, required: false, format: 'date-time' })
  openedAfter?: string;

  /** Only cases that have not ended, or only those that have. */
  @IsOptional()
  @Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  @ApiProperty({ type: Boolean, required: false })
  open?: boolean;

  @IsOptional()
  @IsIn(sortKeys)
  @ApiProperty({ enum: sortKeys, required: false, default: 'openedAt' })
  sort: (typeof sortKeys)[number] = 'openedAt';

  @IsOptional()
  @IsIn(['asc', 'desc'])
  @ApiProperty({ enum: ['asc', 'desc'], required: false, default: 'asc' })
  order: 'asc' | 'desc' = 'asc';

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  @ApiProperty({ type: Number, required: false, minimum: 1, maximum: 200, default: 50 })
  limit: number = 50;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @ApiProperty({ type: Number, required: false, minimum: 0, default: 0 })
  offset: number = 0;

  /** Read at least as far as this position; waits up to 5 seconds. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @ApiProperty({ type: String, required: false })
  'min-position'?: string;
}

@ApiTags('cases')
@Controller('v1/cases')
export class CasesHttp {
  constructor(@Inject(readingParts) private readonly parts: ReadingParts) {}

  @Get()
  @Roles(...readers)
  @ApiOperation({ summary: 'Cases by state, owner, queue, workflow and age, a page at a time' })
  async list(@Query() query: CaseListQuery) {
    const { view } = this.parts;
    const from = query['min-position'];
    if (from !== undefined) await mustHaveReached(view, from);
    const position = view.position() ?? null;
    const page = listCases(view.reader, query);
    return { position, ...page, states: countByState(view.reader) };
  }

  @Get(':caseId')
  @Roles(...readers)
  @ApiOperation({ summary: 'Where a case stands and what it waits for' })
  async show(@Param('caseId', ParseUUIDPipe) caseId: string) {
    const { events, position, correlationId } = await this.history(caseId);
    const [opened, last] = [events[0]!, events.at(-1)!];
    if (opened.type !== 'CaseOpened') throw notFound();
    const { title, owners } = await this.parts.processes.definition(opened.data.definition);
    const { workflow, source, sourceId } = opened.data;
    const ended = last.type === 'CaseEnded' ? last : undefined;
    const waiting = waitingOf(events, (event) => effectIdOf(event.id, requestNameOf(event)));
    return {
      position,
      caseId,
      correlationId,
      workflow: workflow.name,
      version: workflow.version,
      definition: workflow.digest,
      title,
      owners,
      source,
      sourceId,
      state: last.data.state,
      step: last.data.step,
      visit: last.data.visit,
      openedAt: opened.recordedAt,
      updatedAt: last.recordedAt,
      endedAt: ended?.recordedAt ?? null,
      outcome: ended?.data.outcome ?? null,
      reason: ended?.data.reason ?? null,
      proposals: events.flatMap((event) =>
        event.type === 'ProposalRecorded' ? [event.data.proposal.proposalId] : [],
      ),
      ...(waiting && { waiting }),
    };
  }

  @Get(':caseId/timeline')
  @Roles(...readers)
  @ApiOperation({ summary: 'Who did what, when, why, and how long it took' })
  async timeline(@Param('caseId', ParseUUIDPipe) caseId: string) {
    const { events, position, correlationId } = await this.history(caseId);
    return { position, caseId, correlationId, entries: timelineOf(events) };
  }

  private async history(caseId: string) {
    const { journal } = this.parts;
    const stored = await journal.store.read(streams.case(caseId), { requiresLeader: true });
    const last = stored.at(-1);
    if (!last) throw notFound(`no case ${caseId}`);
    const events: Recorded<CaseFact>[] = [];
    for (const event of stored) events.push(await recall<CaseFact>(journal, event));
    return { events, position: last.position, correlationId: metadataOf(last).$correlationId };
  }
}
