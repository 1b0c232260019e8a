import { messageTypes, type Message, type MessageType, type Service } from '@countersign/contracts';
import type { Sealer } from '@countersign/trust';
import { readEnvelope, type CloudEvent } from './cloud-event.js';
import { isInfrastructure, Unacceptable } from './failures.js';
import type { OutgoingRecord } from './port.js';

/** Messages as structured CloudEvents JSON 1.0, personal fields sealed, and back. */
export interface Codec {
  /**
   * @throws Unacceptable an unknown type, or a message that CloudEvents cannot carry
   * @throws StoreUnavailable a new subject's key could not be kept
   */
  encode(topic: string, message: Message): Promise<OutgoingRecord>;
  /**
   * Opens and validates. The error names places, never values.
   * @throws Unacceptable this record will never be a message that we know
   * @throws StoreUnavailable the keys cannot be read now
   */
  decode(record: Pick<OutgoingRecord, 'key' | 'value'>): Promise<Message>;
}

/** A box opens only for the message that it was sealed for. */
const sealedIn = (messageId: string): string => `message/${messageId}`;
/** Personal fields always have a key, also when nobody's pseudonym is known yet. */
const sealedFor = ({ caseId, subjects }: Message): string => subjects[0] ?? `case:${caseId}`;

const ceTypeOf = (type: string, version: number): string => `countersign.${type}.v${version}`;
const byCeType: ReadonlyMap<string, MessageType> = new Map(
  [...messageTypes.values()].map((type) => [ceTypeOf(type.type, type.schemaVersion), type]),
);

/** @param service the speaker: `source` of what it encodes */
export const messageCodec = (service: Service, sealer: Sealer): Codec => ({
  encode: async (topic, message) => {
    const { id, caseId, traceparent } = message;
    const ceType = ceTypeOf(message.type, message.schemaVersion);
    const { personal } = knownType(ceType);
    const clear = message.data as Readonly<Record<string, unknown>>;
    const data =
      personal.length === 0
        ? clear
        : await sealer.seal(clear, personal, sealedFor(message), sealedIn(id));
    return {
      topic,
      key: caseId,
      value: JSON.stringify(envelopeOf(service, ceType, message, data)),
      headers: {
        ce_id: id,
        ce_type: ceType,
        ...(traceparent !== undefined && { traceparent }),
      },
    };
  },
  decode: async ({ key, value }) => {
    const event = readEnvelope(value);
    const type = knownType(event.type);
    if (key !== event.subject) {
      throw new Unacceptable('wrong-key', 'the record key is not the case id in /subject');
    }
    return messageOf(event, type, await dataOf(event, type, sealer));
  },
});

const knownType = (ceType: string): MessageType => {
  const type = byCeType.get(ceType);
  if (type) return type;
  throw new Unacceptable('unknown-type', `no message type is called ${ceType.slice(0, 100)}`);
};

const envelopeOf = (service: Service, ceType: string, message: Message, data: unknown) => {
  const { id, caseId, subjects, actor, source, traceparent } = message;
  if (subjects.some((subject) => subject.includes(','))) {
    throw new Unacceptable('bad-subject', 'a data subject is named with a comma');
  }
  return {
    specversion: '1.0',
    id,
    type: ceType,
    source: `countersign/${service}`,
    time: message.occurredAt,
    subject: caseId,
    partitionkey: caseId,
    correlationid: message.correlationId,
    causationid: message.causationId,
    actortype: actor.type,
    actorid: actor.id,
    // CloudEvents attributes are never empty.
    ...(subjects.length > 0 && { datasubjects: subjects.join(',') }),
    sourcestream: source.stream,
    sourcerevision: source.revision,
    sourcehash: source.hash,
    ...(traceparent !== undefined && { traceparent }),
    datacontenttype: 'application/json',
    data,
  };
};

const messageOf = (event: CloudEvent, type: MessageType, data: unknown): Message => ({
  id: event.id,
  type: type.type,
  schemaVersion: type.schemaVersion,
  caseId: event.subject,
  occurredAt: event.time,
  actor: { type: event.actortype, id: event.actorid },
  correlationId: event.correlationid,
  causationId: event.causationid,
  subjects: event.datasubjects === undefined ? [] : event.datasubjects.split(','),
  traceparent: event.traceparent,
  source: {
    stream: event.sourcestream,
    revision: event.sourcerevision,
    hash: event.sourcehash,
  },
  data,
});

const dataOf = async (event: CloudEvent, type: MessageType, sealer: Sealer): Promise<unknown> => {
  const open = 'sealed' in event.data ? await opened(event, sealer) : event.data;
  const read = type.data.safeParse(open);
  if (read.success) return read.data;
  const erased = (place: PropertyKey | undefined) =>
    event.data['sealed'] !== undefined &&
    type.personal.includes(String(place)) &&
    open[String(place)] === undefined;
  const { issues } = read.error;
  const gone = issues.filter(({ path }) => erased(path[0]));
  if (gone.length > 0) {
    const what = gone.map(({ path }) => pointerTo(path, type)).join(', ');
    throw new Unacceptable('subject-erased', `${type.type}: ${what} was erased with its subject`);
  }
  const what = issues.slice(0, issuesNamedMax).map(({ path, code }) => {
    return `${pointerTo(path, type)} (${code})`;
  });
  throw new Unacceptable('schema', `${type.type} does not fit its schema at ${what.join(', ')}`);
};

const issuesNamedMax = 5;

/** A name below a personal field may itself be personal: the pointer ends at the field. */
const pointerTo = (path: readonly PropertyKey[], { personal }: MessageType): string => {
  const shown = personal.includes(String(path[0])) ? path.slice(0, 1) : path;
  return ['/data', ...shown.map((part) => escaped(String(part)))].join('/');
};

const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

const opened = async (event: CloudEvent, sealer: Sealer): Promise<Record<string, unknown>> => {
  try {
    return await sealer.open(event.data, sealedIn(event.id));
  } catch (cause) {
    if (isInfrastructure(cause)) throw cause;
    const why = (cause as Error).name;
    throw new Unacceptable('seal-broken', `the sealed fields of ${event.id} do not open: ${why}`);
  }
};
