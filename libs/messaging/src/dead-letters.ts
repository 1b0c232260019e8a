import { topics, type Service } from '@countersign/contracts';
import type { Cause } from './failures.js';
import type { OutgoingRecord, ReceivedRecord } from './port.js';

/** A message that a service could not take, or that came behind one. */
export interface DeadLetter {
  /** The record as it was received: place, key, raw value and headers. */
  readonly record: ReceivedRecord;
  /** The key that is fenced; for a record without one, a name of its own. */
  readonly key: string;
  /** Id of the fence that it belongs to. */
  readonly fence: string;
  readonly messageId: string;
  readonly messageType: string;
  /** True when nothing is wrong with it: it only follows a fence. */
  readonly behind: boolean;
  readonly cause: Cause;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
}

/** Headers of ours begin with this; all others are the original's. */
const prefix = 'dead_';

/** `intake.{name}.v1` is named by its source, every other topic by itself. */
const sourceOf = (topic: string): string => /^intake\.(.+)\.v\d+$/.exec(topic)?.[1] ?? topic;

/** A record without a key was promised no order, so it is fenced alone. */
export const laneKeyOf = ({ topic, key, partition, offset }: ReceivedRecord): string =>
  key === '' ? `${sourceOf(topic)}#${partition}-${offset}` : key;

/** The record key of a dead letter. */
export const letterKeyOf = ({ topic, key }: ReceivedRecord): string =>
  key === '' ? sourceOf(topic) : key;

/** Id and type as the headers say, since a value may be unreadable. */
export const namedIn = ({ headers }: ReceivedRecord): { id: string; type: string } => ({
  id: headers['ce_id'] ?? '',
  type: headers['ce_type'] ?? '',
});

export const toDeadLetterRecord = (service: Service, letter: DeadLetter): OutgoingRecord => {
  const { record, cause } = letter;
  return {
    topic: topics.deadLetters(service),
    key: letterKeyOf(record),
    value: record.value,
    headers: {
      ...record.headers,
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

/** @throws Error when the record was not written by `toDeadLetterRecord` */
export const readDeadLetter = ({ value, headers }: OutgoingRecord): DeadLetter => {
  const said = (name: string): string => {
    const text = headers[`${prefix}${name}`];
    if (text === undefined) throw new Error(`not a dead letter: it has no header ${prefix}${name}`);
    return text;
  };
  const original = Object.entries(headers).filter(([name]) => !name.startsWith(prefix));
  return {
    record: {
      topic: said('topic'),
      partition: Number(said('partition')),
      offset: Number(said('offset')),
      key: said('record_key'),
      value,
      headers: Object.fromEntries(original),
    },
    key: said('key'),
    fence: said('fence'),
    messageId: said('id'),
    messageType: said('type'),
    behind: said('behind') === 'true',
    cause: { code: said('code'), text: said('cause') },
    firstFailedAt: said('first_failed_at'),
    lastFailedAt: said('last_failed_at'),
  };
};

/**
 * Dead letters in the order in which they came, each once per fence: one that was published again
 * after a crash is passed over.
 * @param fence only the letters of this fence
 */
export const eachOnce = async function* (
  published: AsyncIterable<OutgoingRecord>,
  fence?: string,
): AsyncGenerator<DeadLetter, void> {
  const last = new Map<string, number>();
  for await (const record of published) {
    if (fence !== undefined && record.headers[`${prefix}fence`] !== fence) continue;
    const letter = readDeadLetter(record);
    const { offset } = letter.record;
    if (offset <= (last.get(letter.fence) ?? -1)) continue;
    last.set(letter.fence, offset);
    yield letter;
  }
};
