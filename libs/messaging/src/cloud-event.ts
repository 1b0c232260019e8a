import { actor } from '@countersign/contracts';
import { z } from 'zod';
import { Unacceptable } from './failures.js';

const text = z.string().min(1);
const sha256 = /^[0-9a-f]{64}$/;

/** The attributes that every message of ours has. Others may stand beside them and are passed over. */
export const envelope = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  type: text,
  source: text,
  time: z.iso.datetime(),
  subject: text,
  partitionkey: text,
  correlationid: text,
  causationid: text,
  actortype: actor.shape.type,
  actorid: text,
  datasubjects: text.optional(),
  sourcestream: text,
  sourcerevision: z.int().nonnegative(),
  sourcehash: z.string().regex(sha256),
  traceparent: text.optional(),
  datacontenttype: z.literal('application/json'),
  data: z.record(z.string(), z.unknown()),
});
export type CloudEvent = z.infer<typeof envelope>;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const pointersNamedMax = 5;

/** @throws Unacceptable not JSON, or not an envelope of ours */
export const readEnvelope = (value: string | Uint8Array): CloudEvent => {
  const event = readJson(value);
  if (isSurelyOurs(event)) return event;
  const read = envelope.safeParse(event);
  if (read.success) return read.data;
  const places = read.error.issues
    .slice(0, pointersNamedMax)
    .map(({ path }) => `/${String(path[0] ?? '')}`);
  throw new Unacceptable('bad-envelope', `no envelope of ours: ${[...new Set(places)].join(', ')}`);
};

/** The same rules by hand, many times as fast, for every message; of anything else the schema says what is wrong. */
const isSurelyOurs = (value: unknown): value is CloudEvent => {
  if (!isObject(value)) return false;
  const event: { readonly [Attribute in keyof CloudEvent]?: unknown } = value;
  return (
    event.specversion === '1.0' &&
    isText(event.id, uuid) &&
    isText(event.type) &&
    isText(event.source) &&
    isText(event.time, instant) &&
    isText(event.subject) &&
    isText(event.partitionkey) &&
    isText(event.correlationid) &&
    isText(event.causationid) &&
    actorTypes.has(event.actortype) &&
    isText(event.actorid) &&
    (event.datasubjects === undefined || isText(event.datasubjects)) &&
    isText(event.sourcestream) &&
    Number.isSafeInteger(event.sourcerevision) &&
    (event.sourcerevision as number) >= 0 &&
    isText(event.sourcehash, sha256) &&
    (event.traceparent === undefined || isText(event.traceparent)) &&
    event.datacontenttype === 'application/json' &&
    isObject(event.data) &&
    // The schema leaves it out.
    !Object.hasOwn(event.data, '__proto__')
  );
};

const uuid = z.regexes.uuid();
const instant = z.regexes.datetime({});
const actorTypes = new Set<unknown>(actor.shape.type.options);
const isText = (value: unknown, form?: RegExp): boolean =>
  typeof value === 'string' && value !== '' && (form === undefined || form.test(value));
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readJson = (value: string | Uint8Array): unknown => {
  try {
    return JSON.parse(typeof value === 'string' ? value : utf8.decode(value));
  } catch {
    // The parser's own message quotes what it read.
    throw new Unacceptable('unparsable', `${value.length} units that are not JSON in UTF-8`);
  }
};
