import { hash } from 'node:crypto';
import { topics, upstreamNameOf, type Service } from '@countersign/contracts';
import type { Cause } from './failures.js';
import type { OutgoingRecord, ReceivedRecord } from './port.js';

/** A message that a service could not take, or that came behind one. */
export interface DeadLetter {
  /** The record as it was received: place, key, raw value and headers. */
  readonly record: ReceivedRecord;
  /**
   * The key that is fenced; for a record without one, a name of its own. Without a fence: the case
   * that it is about, or the name of its source.
   */
  readonly key: string;
  /** Id of the fence that it belongs to; empty where no order was promised and none stands. */
  readonly fence: string;
  readonly messageId: string;
  readonly messageType: string;
  /** True when nothing is wrong with it: it only follows a fence. */
  readonly behind: boolean;
  readonly cause: Cause;
  /** Of the whole value, when only its beginning could be kept. */
  readonly cut?: { readonly bytes: number; readonly sha256: string };
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
}

/** Headers of ours begin with this; all others are the original's. */
const prefix = 'dead_';

/** An upstream topic is named by its source, every other topic by itself. */
export const sourceOf = (topic: string): string => upstreamNameOf(topic) ?? topic;

/** Longer keys and names are nobody's; the event that fences a key has no room for them. */
const keyKeptChars = 1_024;
const isKey = (key: string): boolean => key !== '' && key.length <= keyKeptChars;

/** A record without a key was promised no order, so it is fenced alone. */
export const laneKeyOf = ({ topic, key, partition, offset }: ReceivedRecord): string =>
  isKey(key) ? key : `${sourceOf(topic)}#${partition}-${offset}`;

/** `topic@partition-offset`: a name for a record that needs nothing of its content. */
export const placeNameOf = ({
  topic,
  partition,
  offset,
}: Pick<ReceivedRecord, 'topic' | 'partition' | 'offset'>): string =>
  `${topic}@${partition}-${offset}`;

/** The record key of a dead letter. */
export const letterKeyOf = ({ topic, key }: ReceivedRecord): string =>
  isKey(key) ? key : sourceOf(topic);

/** Id and type as the headers say, since a value may be unreadable. */
export const namedIn = ({ headers }: ReceivedRecord): { id: string; type: string } => ({
  id: (headers['ce_id'] ?? '').slice(0, keyKeptChars),
  type: (headers['ce_type'] ?? '').slice(0, keyKeptChars),
});

/** Without what a sender may have named like ours: it could say anything of another letter. */
const notOurs = (headers: OutgoingRecord['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(prefix)));

export const toDeadLetterRecord = (service: Service, letter: DeadLetter): OutgoingRecord => {
  const { record, cause } = letter;
  return {
    topic: topics.deadLetters(service),
    key: letter.fence === '' ? letter.key : letterKeyOf(record),
    value: record.value,
    headers: {
      ...notOurs(record.headers),
      dead_topic: record.topic,
      dead_partition: String(record.partition),
      dead_offset: String(record.offset),
      dead_record_key: record.key,
      dead_key: letter.key,
      dead_fence: letter.fence,
      dead_id: letter.messageId,
      dead_type: letter.messageType,
      dead_behind: String(letter.behind),
      dead_code: cause.code,
      dead_cause: cause.text,
      dead_first_failed_at: letter.firstFailedAt,
      dead_last_failed_at: letter.lastFailedAt,
    },
  };
};

const keptBytes = 256 * 1024;
const headersKeptChars = 32 * 1024;

/**
 * The dead letter of a record that is too large to be published once more with what we add: the
 * beginning of its value, and what identifies the whole. Its headers go when they are the reason.
 */
export const cutToFit = ({ topic, key, value, headers }: OutgoingRecord): OutgoingRecord => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const ours = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  const original = notOurs(headers);
  const chars = Object.entries(original).join('').length;
  return {
    topic,
    key: key.slice(0, keyKeptChars),
    value: bytes.subarray(0, keptBytes),
    headers: {
      ...(chars <= headersKeptChars && original),
      ...Object.fromEntries(ours.map(([name, text]) => [name, text.slice(0, keyKeptChars)])),
      dead_value_bytes: String(bytes.byteLength),
      dead_value_sha256: hash('sha256', bytes, 'hex'),
    },
  };
};

/** @throws Error when the record was not written by `toDeadLetterRecord` */
export const readDeadLetter = ({ value, headers }: OutgoingRecord): DeadLetter => {
  const said = (name: string): string => {
    const text = headers[`${prefix}${name}`];
    if (text === undefined) throw new Error(`not a dead letter: it has no header ${prefix}${name}`);
    return text;
  };
  return {
    record: {
      topic: said('topic'),
      partition: Number(said('partition')),
      offset: Number(said('offset')),
      key: said('record_key'),
      value,
      headers: notOurs(headers),
    },
    key: said('key'),
    fence: said('fence'),
    messageId: said('id'),
    messageType: said('type'),
    behind: said('behind') === 'true',
    cause: { code: said('code'), text: said('cause') },
    ...(headers['dead_value_sha256'] !== undefined && {
      cut: { bytes: Number(said('value_bytes')), sha256: said('value_sha256') },
    }),
    firstFailedAt: said('first_failed_at'),
    lastFailedAt: said('last_failed_at'),
  };
};

/**
 * Dead letters of fences in the order in which they came, each once per fence: one that was published
 * again after a crash is passed over. Those without a fence: see `refused-letters.ts`.
 * @param fence only the letters of this fence
 */
export const eachOnce = async function* (
  published: AsyncIterable<OutgoingRecord>,
  fence?: string,
): AsyncGenerator<DeadLetter, void> {
  const last = new Map<string, number>();
  for await (const record of published) {
    const of = record.headers[`${prefix}fence`];
    // What somebody else wrote here must not hide what is ours.
    if (!of || (fence !== undefined && of !== fence)) continue;
    const letter = readDeadLetter(record);
    const { offset } = letter.record;
    if (offset <= (last.get(letter.fence) ?? -1)) continue;
    last.set(letter.fence, offset);
    yield letter;
  }
};
