import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { OutgoingRecord, ReceivedRecord } from '../port.js';

const nothing = new Uint8Array();

/** A record without a key goes to any partition; no order was promised. */
export const toMessage = ({ key, value, headers }: OutgoingRecord): Message => ({
  key: key === '' ? null : key,
  value: typeof value === 'string' ? value : Buffer.from(value),
  headers: { ...headers },
});

/** Of a header that was sent several times the last one counts. */
const textOf = (value: IHeaders[string]): string => {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined || last === null ? '' : last.toString();
};

/** The value stays bytes: who reads it decodes it once. */
export const toRecord = (
  topic: string,
  partition: number,
  { key, value, headers, offset }: KafkaMessage,
): ReceivedRecord => ({
  topic,
  partition,
  offset: Number(offset),
  key: key?.toString() ?? '',
  value: value ?? nothing,
  headers: Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, header]) => [name, textOf(header)]),
  ),
});
