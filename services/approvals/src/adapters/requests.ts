import { reasonCodes, type ReasonCode } from '@countersign/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  decisionNames,
  outcomeNames,
  type DecisionName,
  type OutcomeName,
} from '../domain/approval-facts.js';
import { questionStates, sortKeys, type QuestionState, type SortKey } from './questions-view.js';

/** Long enough to explain a decision, short enough to be read. */
const commentMaxLength = 2_000;
const rationaleMaxLength = 4_000;
const pageMax = 100;
const nameAndVersion = /^[a-z][a-z0-9.-]{0,63}@[1-9]\d{0,8}$/;
const nameMaybeVersion = /^[a-z][a-z0-9.-]{0,63}(@[1-9]\d{0,8})?$/;

export class DecisionBody {
  @IsIn(decisionNames)
  @ApiProperty({ enum: decisionNames })
  decision!: DecisionName;

  /** Why; needed to reject and to request changes. */
  @IsOptional()
  @IsIn(reasonCodes)
  @ApiProperty({ enum: reasonCodes, required: false })
  reasonCode?: ReasonCode;

  @IsOptional()
  @IsString()
  @MaxLength(commentMaxLength)
  @ApiProperty({ type: String, required: false, maxLength: commentMaxLength })
  comment?: string;
}

export class ResolutionBody {
  @IsIn(outcomeNames)
  @ApiProperty({ enum: outcomeNames })
  outcome!: OutcomeName;

  /** How you found out, e.g. where you looked. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(commentMaxLength)
  @ApiProperty({ type: String, maxLength: commentMaxLength })
  evidence!: string;
}

export class AssistanceProposalBody {
  /** `name@version` of one of the tools offered. */
  @Matches(nameAndVersion, { message: 'must be name@version' })
  @ApiProperty({ type: String, example: 'crm.resolve-ticket@1' })
  tool!: string;

  /** By the tool's schema. */
  @IsObject()
  @ApiProperty({ type: Object })
  arguments!: Record<string, unknown>;

  @IsString()
  @MaxLength(rationaleMaxLength)
  @ApiProperty({ type: String, maxLength: rationaleMaxLength })
  rationale!: string;
}

export class DeclineBody {
  @IsIn(reasonCodes)
  @ApiProperty({ enum: reasonCodes })
  reasonCode!: ReasonCode;

  @IsOptional()
  @IsString()
  @MaxLength(commentMaxLength)
  @ApiProperty({ type: String, required: false, maxLength: commentMaxLength })
  comment?: string;
}

export class QuestionsListQuery {
  @IsOptional()
  @IsIn(questionStates)
  @ApiProperty({ enum: questionStates, required: false })
  state?: QuestionState;

  @IsOptional()
  @IsString()
  @MaxLength(128)
  @ApiProperty({ type: String, required: false })
  queue?: string;

  @IsOptional()
  @IsUUID()
  @ApiProperty({ type: String, required: false, format: 'uuid' })
  caseId?: string;

  @IsOptional()
  @IsIn(sortKeys)
  @ApiProperty({ enum: sortKeys, required: false })
  sort: SortKey = 'expiresAt';

  @IsOptional()
  @IsIn(['asc', 'desc'])
  @ApiProperty({ enum: ['asc', 'desc'], required: false })
  order: 'asc' | 'desc' = 'asc';

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(pageMax)
  @ApiProperty({ type: Number, required: false, minimum: 1, maximum: pageMax })
  limit: number = 50;

  /** From the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  @ApiProperty({ type: String, required: false })
  cursor?: string;

  /** Read at least as far as this position; waits up to 5 seconds. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @ApiProperty({ type: String, required: false })
  'min-position'?: string;
}

export class ApprovalsListQuery extends QuestionsListQuery {
  /** A tool's name, with or without `@version`. */
  @IsOptional()
  @Matches(nameMaybeVersion, { message: 'must be a name or name@version' })
  @ApiProperty({ type: String, required: false })
  tool?: string;
}
