import type { IntakeRefusalCode } from '@countersign/contracts';
import { parseJson } from '@countersign/http';
import type { ReceivedRecord } from '@countersign/messaging';
import type { FieldProblem } from '../domain/intake.js';
import { checkedEvent, eventAttributes, type CloudEvent } from './cloud-event.js';

/** Why a record is no event that could be taken, and whose it is as far as that is known. */
export interface UnreadableEvent {
  readonly code: IntakeRefusalCode;
  readonly problems: readonly FieldProblem[];
  readonly source?: string;
  readonly id?: string;
}

/** As over HTTP, so that no event is taken by one door and refused by the other. */
const valueMaxBytes = 64 * 1024;

const structuredType = /^application\/cloudevents/i;
const structuredJson = /^application\/cloudevents\+json\s*(;|$)/i;
const jsonType = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

type Record_ = Pick<ReceivedRecord, 'value' | 'headers'>;
type Headers = ReceivedRecord['headers'];

/**
 * Reads a record by the CloudEvents binding for Kafka: structured when its content type says so,
 * else binary when it has `ce_` headers. Without either it is structured if it is JSON: producers
 * that cannot set headers are served too. What was read is checked as over HTTP.
 */
export const readUpstreamEvent = (
  record: Record_,
): { readonly event: CloudEvent } | UnreadableEvent => {
  const { headers } = record;
  const bytes = Buffer.from(record.value);
  if (bytes.length > valueMaxBytes) {
    return refused('too-large', `has ${bytes.length} bytes, at most ${valueMaxBytes}`);
  }
  const contentType = contentTypeOf(headers);
  if (structuredType.test(contentType ?? '')) {
    return structuredJson.test(contentType!) ? structured(bytes, headers) : wrongType();
  }
  if (isBinary(headers)) return binary(bytes, headers, contentType);
  if (contentType !== undefined && !jsonType.test(contentType)) return wrongType();
  return structured(bytes, headers);
};

const refused = (code: IntakeRefusalCode, message: string, pointer = ''): UnreadableEvent => ({
  code,
  problems: [{ pointer, message }],
});

const wrongType = () =>
  refused('unsupported-media-type', 'must be application/cloudevents+json, or JSON in binary mode');

/** The binding writes it in small letters; some producers do not. */
const contentTypeOf = (headers: Headers): string | undefined =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];

const isBinary = (headers: Headers): boolean =>
  headers['ce_specversion'] !== undefined || headers['ce_id'] !== undefined;

const structured = (bytes: Buffer, headers: Headers) => {
  const body = jsonIn(bytes);
  if ('unreadable' in body) return refused('unparsable', body.unreadable);
  return withCode(checkedEvent(headers['traceparent'], body.json));
};

const binary = (bytes: Buffer, headers: Headers, contentType: string | undefined) => {
  const body = jsonIn(bytes);
  const attributes = {
    ...attributesOf(headers),
    ...(contentType !== undefined && { datacontenttype: contentType }),
  };
  const data = 'json' in body ? body.json : {};
  const read = withCode(checkedEvent(headers['traceparent'], { ...attributes, data }));
  const garbled = Object.keys(attributes).filter((name) => isGarbled(headers[`ce_${name}`]));
  if (garbled.length > 0) return notUtf8(garbled);
  if ('json' in body) return read;
  const known = 'event' in read ? read.event : read;
  return { ...refused('unparsable', body.unreadable, '/data'), ...identityOf(known) };
};

/** A byte that is no UTF-8 was replaced on its way: two different ids could look the same. */
const isGarbled = (value: string | undefined): boolean => value?.includes('\ufffd') ?? false;

const notUtf8 = (names: readonly string[]): UnreadableEvent => ({
  code: 'bad-attributes',
  problems: names.slice(0, problemsMax).map((name) => ({
    pointer: knownAttributes.has(name) ? `/${name}` : '',
    message: 'must be UTF-8',
  })),
});

const problemsMax = 20;
const knownAttributes = new Set<string>(eventAttributes);

const attributesOf = (headers: Headers): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('ce_'))
      .map(([name, value]) => [name.slice('ce_'.length), value]),
  );

const withCode = (read: ReturnType<typeof checkedEvent>) =>
  'event' in read ? read : { ...read, code: 'bad-attributes' as const };

const identityOf = ({ source, id }: { source?: string; id?: string }) => ({
  ...(source !== undefined && { source }),
  ...(id !== undefined && { id }),
});

/** As strict as the HTTP door. The parser's own words are not passed on: they quote what they read. */
const jsonIn = (bytes: Buffer): { readonly json: unknown } | { readonly unreadable: string } => {
  if (bytes.length === 0) return { unreadable: 'has no value' };
  try {
    return { json: parseJson(bytes) };
  } catch {
    return { unreadable: 'is not strict JSON: UTF-8, at most 100 levels deep' };
  }
};
