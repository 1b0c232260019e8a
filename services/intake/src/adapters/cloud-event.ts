import { ApiProperty } from '@nestjs/swagger';
import {
  Equals,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateBy,
  validateSync,
} from 'class-validator';
import type { FieldProblem } from '../domain/intake.js';

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
const isInstant = (value: unknown): boolean =>
  typeof value === 'string' && rfc3339.test(value) && !Number.isNaN(Date.parse(value));

const traceContext = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

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
  @ValidateBy(
    { name: 'isInstant', validator: { validate: isInstant } },
    { message: 'must be an RFC 3339 instant' },
  )
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
  @Matches(traceContext, {
    message: 'must be a W3C trace context of version 00',
  })
  @ApiProperty({ type: String, required: false })
  traceparent?: string;

  @IsObject({ message: 'must be a JSON object' })
  @ApiProperty({ type: Object })
  data!: Record<string, unknown>;
}

/** What an event may say of itself, beside its data. */
export const eventAttributes = [
  ...(['specversion', 'id', 'source', 'type', 'subject', 'time'] as const),
  ...(['datacontenttype', 'dataschema', 'correlationid', 'traceparent'] as const),
];

type Fields = { [name in keyof CloudEvent]?: unknown };

/** Not yet checked. Data stays as it was sent; extensions stay behind. */
const eventOf = (fields: Fields): CloudEvent => {
  const event: Fields = new CloudEvent();
  for (const name of [...eventAttributes, 'data'] as const) {
    if (fields[name] !== undefined) event[name] = fields[name];
  }
  return event as CloudEvent;
};

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
export const readCloudEvent = (headers: Headers, body: unknown): ReadCloudEvent =>
  checkedEvent(
    headers['traceparent'],
    isBinary(headers) ? { ...attributesOf(headers), data: body } : body,
  );

/**
 * Checks an event, whichever way it came.
 * @param traceparent of the transport; one of the event's own goes before it
 */
export const checkedEvent = (traceparent: unknown, given: unknown): ReadCloudEvent => {
  const fields: Fields = { ...traceOf(traceparent), ...(given as object | null) };
  const event = eventOf(fields);
  const errors = validateSync(event, { forbidUnknownValues: true });
  if (errors.length === 0) return { event };
  const { source, id } = fields;
  const bad = new Set(errors.map(({ property }) => property));
  return {
    problems: errors.flatMap(({ property, constraints }) =>
      Object.values(constraints ?? {}).map((message) => ({ pointer: `/${property}`, message })),
    ),
    ...(!bad.has('source') && { source: source as string }),
    ...(!bad.has('id') && { id: id as string }),
  };
};

/** A trace of the transport that we cannot read is no fault of the event. */
const traceOf = (traceparent: unknown) =>
  typeof traceparent === 'string' && traceContext.test(traceparent) ? { traceparent } : {};
