import { actor } from '@countersign/contracts';
import { z } from 'zod';
import { Unacceptable } from './failures.js';

const text = z.string().min(1);

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
  sourcehash: z.string().regex(/^[0-9a-f]{64}$/),
  traceparent: text.optional(),
  datacontenttype: z.literal('application/json'),
  data: z.record(z.string(), z.unknown()),
});
export type CloudEvent = z.infer<typeof envelope>;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const pointersNamedMax = 5;

/** @throws Unacceptable not JSON, or not an envelope of ours */
export const readEnvelope = (value: string | Uint8Array): CloudEvent => {
  const read = envelope.safeParse(readJson(value));
  if (read.success) return read.data;
  const places = read.error.issues
    .slice(0, pointersNamedMax)
    .map(({ path }) => `/${String(path[0] ?? '')}`);
  throw new Unacceptable('bad-envelope', `no envelope of ours: ${[...new Set(places)].join(', ')}`);
};

const readJson = (value: string | Uint8Array): unknown => {
  try {
    return JSON.parse(typeof value === 'string' ? value : utf8.decode(value));
  } catch {
    // The parser's own message quotes what it read.
    throw new Unacceptable('unparsable', `${value.length} units that are not JSON in UTF-8`);
  }
};
