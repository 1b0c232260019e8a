import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { caseIdOf } from '@countersign/contracts';
import type { Journal } from '@countersign/event-store';
import {
  Caller,
  forbidden,
  notFound,
  Problem,
  Roles,
  type VerifiedCaller,
} from '@countersign/http';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { standingOf, type Acceptance, type Standing } from './accept.js';
import type { Catalogue } from './catalogue.js';
import { CloudEvent, readCloudEvent } from './cloud-event.js';
import { sourceOf, type Source } from './sources.js';

export const intakeParts = Symbol('intake parts');
export interface IntakeParts {
  readonly journal: Journal;
  readonly acceptance: Acceptance;
  readonly catalogue: Catalogue;
  readonly sources: readonly Source[];
}

export class IntakeQuery {
  /** CloudEvents source, as sent. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  @ApiProperty({ type: String, maxLength: 512 })
  source!: string;

  /** CloudEvents id, as sent. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  @ApiProperty({ type: String, maxLength: 256 })
  id!: string;
}

@ApiTags('intake')
@Controller('v1/intake')
export class IntakeHttp {
  constructor(@Inject(intakeParts) private readonly parts: IntakeParts) {}

  @Post()
  @HttpCode(202)
  @Roles('upstream')
  @ApiOperation({ summary: 'Take a CloudEvent, structured or binary; 202 after it is stored' })
  @ApiConsumes('application/cloudevents+json', 'application/json')
  @ApiBody({ type: CloudEvent })
  async submit(
    @Headers() headers: Record<string, string>,
    @Body() body: unknown,
    @Caller() caller: VerifiedCaller,
  ) {
    const read = readCloudEvent(headers, body);
    if ('problems' in read) {
      if (read.source !== undefined && read.id !== undefined) {
        this.mustOwn(read.source, caller);
        const { problems } = read;
        const reasons = { code: 'bad-attributes', problems, told: problems } as const;
        await this.parts.acceptance.reject(read.source, read.id, reasons);
      }
      throw malformed(read.problems);
    }
    const { event } = read;
    this.mustOwn(event.source, caller);
    if (!this.parts.catalogue.live) throw new Problem(503, 'not-ready', 'Definitions are loading');
    const submission = await this.parts.acceptance.submit(event);
    switch (submission.kind) {
      case 'malformed':
        throw malformed(submission.problems);
      case 'another-body':
        throw new Problem(409, 'another-body', 'This id was accepted with another body', {
          detail: 'send a new id for a new event; the first one stands',
          members: { caseId: submission.caseId },
        });
      case 'accepted':
        return {
          status: 'accepted',
          source: event.source,
          id: event.id,
          caseId: submission.caseId,
          position: submission.position,
        };
    }
  }

  @Get()
  @Roles('upstream', 'supervisor', 'l2', 'sre', 'auditor')
  @ApiOperation({ summary: 'What became of an event: accepted or rejected, why, and the outcome' })
  async standing(
    @Query() { source, id }: IntakeQuery,
    @Caller() caller: VerifiedCaller,
  ): Promise<Standing & { source: string; id: string }> {
    if (caller.roles.every((role) => role === 'upstream')) this.mustOwn(source, caller);
    const standing = await standingOf(this.parts.journal, source, id);
    if (!standing) throw notFound(`nothing was received as ${id} (case ${caseIdOf(source, id)})`);
    return { source, id, ...standing };
  }

  /** A source speaks only through its own credential. */
  private mustOwn(source: string, caller: VerifiedCaller): void {
    if (sourceOf(this.parts.sources, source, caller)) return;
    throw forbidden(`${caller.sub} does not speak for ${source}`);
  }
}

const malformed = (errors: readonly { pointer: string; message: string }[]) =>
  new Problem(422, 'malformed-event', 'The event cannot be taken', { errors });
