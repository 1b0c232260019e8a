import { Body, Controller, Get, HttpCode, Param, Post, Query, type Type } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsNotEmpty,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { Caller, Roles } from './bearer-guard.js';
import { notFound } from './problem.js';
import type { Caller as VerifiedCaller } from './tokens.js';

/** What waits among the dead letters of a service: a fenced key, or one refused record. */
export interface DeadLetterItem {
  /** Names it in the other requests. */
  readonly id: string;
  /** `fenced`: its key stands still until it is replayed. `refused`: nothing waits behind it. */
  readonly kind: 'fenced' | 'refused';
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly messageId: string;
  readonly messageType: string;
  readonly since: string;
  readonly cause: { readonly code: string; readonly text: string };
  /** How many records, those behind it too. */
  readonly letters: number;
}

/** One item with its records, as they may be shown. */
export interface DeadLetterShown extends Omit<DeadLetterItem, 'letters'> {
  readonly letters: readonly object[];
}

export interface LetterReplayed {
  readonly id: string;
  /** A fenced key is only asked for: its lane replays it when it comes to it. */
  readonly became: 'would-be-taken' | 'asked' | 'taken' | 'given-up' | 'refused';
  /** The records, in the order in which they are taken. */
  readonly taken: readonly string[];
  readonly skipped: readonly string[];
  readonly cause?: { readonly code: string; readonly text: string };
}

/** What the dead letters of one service can be asked. */
export interface DeadLetterDoor {
  readonly service: string;
  /** @param cause its code, or words of its text */
  list(cause: string | undefined): Promise<{
    /** The newest that can be shown, oldest first. */
    readonly items: readonly DeadLetterItem[];
    readonly total: number;
    readonly causes: Readonly<Record<string, number>>;
  }>;
  /** By id, key, id of a message, or place. Empty when there is no such. */
  show(name: string): Promise<readonly DeadLetterShown[]>;
  /** @throws Problem 422 when `skip` names what is not there */
  replay(name: string, options: ReplayOptions): Promise<readonly LetterReplayed[]>;
  /** Everything that `list` shows of one cause; `left` is what it did not come to. */
  replayAll(
    cause: string,
    options: Omit<ReplayOptions, 'skip'>,
  ): Promise<{ readonly replayed: readonly LetterReplayed[]; readonly left: number }>;
}

interface ReplayOptions {
  /** Who asks. */
  readonly by: string;
  readonly dryRun: boolean;
  readonly skip: readonly string[];
}

const skippedMax = 1_000;
const nameMaxChars = 256;

class DeadLetterQuery {
  /** Code of the cause, or words of its text. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(nameMaxChars)
  @ApiProperty({ type: String, required: false, maxLength: nameMaxChars })
  cause?: string;
}

class ReplayRequest {
  /** Only says what would be taken. */
  @IsOptional()
  @IsBoolean()
  @ApiProperty({ type: Boolean, required: false })
  dryRun?: boolean;

  /** Records that are given up, by the ids of their messages or by their places. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(skippedMax)
  @IsString({ each: true })
  @ApiProperty({ type: [String], required: false, maxItems: skippedMax })
  skip?: string[];
}

class ReplayAllRequest {
  /** Code of the cause, or words of its text. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(nameMaxChars)
  @ApiProperty({ type: String, maxLength: nameMaxChars })
  cause!: string;

  /** Only says what would be taken. */
  @IsOptional()
  @IsBoolean()
  @ApiProperty({ type: Boolean, required: false })
  dryRun?: boolean;
}

/** A controller for the dead letters of one service; its address bears the service's name. */
export const deadLettersController = (door: DeadLetterDoor): Type<unknown> => {
  const { service } = door;

  @ApiTags('dead letters')
  @Controller(`v1/dead-letters/${service}`)
  class DeadLettersController {
    @Get()
    @Roles('sre', 'platform-owner', 'auditor')
    @ApiOperation({ summary: 'What the service could not take, and why' })
    async list(@Query() { cause }: DeadLetterQuery) {
      return { service, ...(await door.list(cause)) };
    }

    @Get(':name')
    @Roles('sre', 'platform-owner', 'auditor')
    @ApiOperation({
      summary: 'One key or record with all that is kept of it; personal data stays sealed',
    })
    async show(@Param('name') name: string) {
      const items = await door.show(name);
      if (items.length === 0) throw nothingThere(service, name);
      return { service, items };
    }

    @Post('replay')
    @HttpCode(202)
    @Roles('sre', 'platform-owner')
    @ApiOperation({ summary: 'Take again everything of one cause; or say what would be taken' })
    async replayAll(
      @Body() { cause, dryRun = false }: ReplayAllRequest,
      @Caller() { sub }: VerifiedCaller,
    ) {
      return { service, dryRun, by: sub, ...(await door.replayAll(cause, { by: sub, dryRun })) };
    }

    @Post(':name/replay')
    @HttpCode(202)
    @Roles('sre', 'platform-owner')
    @ApiOperation({
      summary: 'Take it again, in order, and lift its fence; or say what would be taken',
    })
    async replay(
      @Param('name') name: string,
      @Body() { dryRun = false, skip = [] }: ReplayRequest,
      @Caller() { sub }: VerifiedCaller,
    ) {
      const replayed = await door.replay(name, { by: sub, dryRun, skip });
      if (replayed.length === 0) throw nothingThere(service, name);
      return { service, dryRun, by: sub, replayed };
    }
  }
  return DeadLettersController;
};

const nothingThere = (service: string, name: string) =>
  notFound(`nothing of ${service} stands among the dead letters as ${name}`);
