import type { EventMetadata } from '@countersign/contracts';
import type { Fact, Recorded } from '@countersign/decider';
import type { Enclosure } from '@countersign/group-commit';
import { transitionLine } from '@countersign/telemetry';
import { eventJson, noHash } from './event-hash.js';
import { sealedFor, type Input } from './input.js';
import { sealedIn, type History, type Journal, type PersonalFields } from './journal.js';
import type { Asking } from './outbox.js';
import type { Appended, StoredEvent } from './port.js';

/** Stores what was decided on a history. @throws WrongExpectedRevision, StoreUnavailable */
export const appendFacts = async <F extends Fact>(
  journal: Journal,
  stream: string,
  personal: PersonalFields,
  input: Input<unknown>,
  events: readonly Recorded<F>[],
  history: History<F>,
): Promise<Appended> => {
  const asking = await toStore(journal, stream, personal, input, events, history.last);
  const stored = asking.map((event) => event.stored);
  await journal.failpoints.reach(`${journal.service}.before_append`);
  const expected = history.last?.revision ?? 'no-stream';
  const append = (enclosure?: Enclosure) =>
    journal.store.append(stream, expected, stored, enclosure);
  const { outbox } = journal;
  const appended = await (outbox ? outbox.append(input.caseId, stream, asking, append) : append());
  await journal.failpoints.reach(`${journal.service}.after_append`);
  for (const { type, revision, actor } of events) {
    transitionLine(journal.log, {
      type,
      stream,
      revision,
      correlationId: input.correlationId,
      caseId: input.caseId,
      causationId: input.id,
      actor: `${actor.type}:${actor.id}`,
    });
  }
  return appended;
};

const toStore = async <F extends Fact>(
  journal: Journal,
  stream: string,
  personal: PersonalFields,
  input: Input<unknown>,
  events: readonly Recorded<F>[],
  last: StoredEvent | undefined,
): Promise<Asking[]> => {
  let prevHash = last ? journal.hashes.of(last) : noHash;
  const asking: Asking[] = [];
  for (const event of events) {
    const fields = personal[event.type] ?? [];
    const plain = withoutGaps(event.data as Record<string, unknown>);
    const data = withAlarms(plain, event);
    const sealed =
      fields.length === 0
        ? data
        : await journal.sealer.seal(data, fields, sealedFor(input), sealedIn(stream, event.id));
    const metadata = metadataFor(input, event, prevHash);
    const stored = {
      id: event.id,
      type: event.type,
      data: sealed,
      metadata,
      json: eventJson({ data: sealed, metadata }),
      stream,
      revision: event.revision,
    };
    prevHash = journal.hashes.of(stored);
    const recorded = { ...event, data: plain };
    journal.recalled?.set(sealed, recorded);
    asking.push({ stored, recorded });
  }
  return asking;
};

/** As it will be read: JSON has no `undefined`. */
const withoutGaps = (data: Record<string, unknown>): Record<string, unknown> => {
  if (!Object.values(data).includes(undefined)) return data;
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) if (value !== undefined) plain[name] = value;
  return plain;
};

const withAlarms = (
  data: Record<string, unknown>,
  { opens, settles }: Recorded<Fact>,
): Record<string, unknown> => {
  if (opens.length === 0 && settles.length === 0) return data;
  return {
    ...data,
    ...(opens.length > 0 && { opens }),
    ...(settles.length > 0 && { settles }),
  };
};

const metadataFor = (
  input: Input<unknown>,
  event: Recorded<Fact>,
  prevHash: string,
): EventMetadata => ({
  schemaVersion: 1,
  occurredAt: input.occurredAt,
  recordedAt: event.recordedAt,
  actor: event.actor,
  $correlationId: input.correlationId,
  $causationId: input.id,
  caseId: input.caseId,
  subjects: input.subjects,
  prevHash,
  ...(input.cause && { cause: input.cause }),
  ...(input.traceparent !== undefined && { traceparent: input.traceparent }),
});
