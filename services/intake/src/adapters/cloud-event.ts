import { ApiProperty } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import {
  Equals,
  IsISO8601,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  validateSync,
} from 'class-validator';
import type { FieldProblem } from '../domain/intake.js';

/** A CloudEvents 1.0 envelope as upstream sends it, structured or binary. */
export class CloudEvent {
  @Equals('1.0', { message: 'must be "1.0"' })
  @ApiProperty({ type: String, enum: ['1.0'] })
  specversion!: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  @ApiProperty({ type: String, minLength: 1, maxLength: 256 })
  id!: string;

  /** URI-reference that names the sender; bound to its credential. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  @ApiProperty({ type: String, minLength: 1, maxLength: 512 })
  source!: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  @ApiProperty({ type: String, example: 'support.ticket.created.v1', maxLength: 256 })
  type!: string;

  @IsOptional()
  @IsString()
  @MaxLength(512)
  @ApiProperty({ type: String, required: false, maxLength: 512 })
  subject?: string;

  @IsOptional()
  @IsISO8601()
  @ApiProperty({ type: String, required: false, format: 'date-time' })
  time?: string;

  @IsOptional()
  @Matches(/^application\/([\w.-]+\+)?json\b/, { message: 'must be a JSON media type' })
  @ApiProperty({ type: String, required: false, example: 'application/json' })
  datacontenttype?: string;

  @IsOptional()
  @IsString()
  @MaxLength(512)
  @ApiProperty({ type: String, required: false, maxLength: 512 })
  dataschema?: string;

  /** Follows the case through every service; the case id when absent. */
  @IsOptional()
  @Matches(/^[\w.:-]{1,128}$/, { message: 'must be 1 to 128 of letters, digits and . : _ -' })
  @ApiProperty({ type: String, required: false, maxLength: 128 })
  correlationid?: string;

  @IsOptional()
  @Matches(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, {
    message: 'must be a W3C trace context of version 00',
  })
  @ApiProperty({ type: String, required: false })
  traceparent?: string;

  @IsObject({ message: 'must be a JSON object' })
  @ApiProperty({ type: Object })
  data!: Record<string, unknown>;
}

/** Either the event, or everything that is wrong with it; then what is known of its identity. */
export type ReadCloudEvent =
  | { readonly event: CloudEvent }
  | { readonly problems: readonly FieldProblem[]; readonly source?: string; readonly id?: string };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Binary mode carries the attributes as `ce-` headers and the data as body. */
const isBinary = (headers: Headers): boolean => 'ce-specversion' in headers || 'ce-id' in headers;

const attributesOf = (headers: Headers): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('ce-'))
      .map(([name, value]) => [name.slice(3), decodeHeader(String(value))]),
  );

/** Header values are percent-encoded UTF-8 by the CloudEvents HTTP binding. */
const decodeHeader = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

/** Reads either mode. Extensions that we do not know are ignored, as CloudEvents asks. */
export const readCloudEvent = (headers: Headers, body: unknown): ReadCloudEvent => {
  const fields = isBinary(headers)
    ? { ...traceOf(headers), ...attributesOf(headers), data: body }
    : { ...traceOf(headers), ...(body as object | null) };
  const event = plainToInstance(CloudEvent, fields, { enableImplicitConversion: false });
  const errors = validateSync(event, { forbidUnknownValues: true });
  if (errors.length === 0) return { event };
  const { source, id } = fields as { source?: unknown; id?: unknown };
  const bad = new Set(errors.map(({ property }) => property));
  return {
    problems: errors.flatMap(({ property, constraints }) =>
      Object.values(constraints ?? {}).map((message) => ({ pointer: `/${property}`, message })),
    ),
    ...(!bad.has('source') && { source: source as string }),
    ...(!bad.has('id') && { id: id as string }),
  };
};

const traceOf = ({ traceparent }: Headers) =>
  typeof traceparent === 'string' ? { traceparent } : {};
