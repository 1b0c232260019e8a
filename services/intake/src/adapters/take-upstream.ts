import { caseIdOf, topics, type IntakeRefusalCode } from '@countersign/contracts';
import { StoreUnavailable } from '@countersign/event-store';
import { Unacceptable, type ReceivedRecord } from '@countersign/messaging';
import type { FieldProblem } from '../domain/intake.js';
import type { Acceptance } from './accept.js';
import { upstreamRecordOf, type RecordAnswers } from './answer-record.js';
import type { Catalogue } from './catalogue.js';
import type { CloudEvent } from './cloud-event.js';
import type { Source } from './sources.js';
import { readUpstreamEvent, type UnreadableEvent } from './upstream-event.js';

export interface UpstreamParts {
  readonly acceptance: Acceptance;
  readonly answers: RecordAnswers;
  readonly catalogue: Catalogue;
  readonly sources: readonly Source[];
}

interface Refusal {
  readonly code: IntakeRefusalCode;
  readonly told: readonly FieldProblem[];
  /** Known, and the source's own. */
  readonly sourceId?: string | undefined;
  readonly eventType?: string | undefined;
}

/**
 * Takes one record that upstream published: accepted, recognised as a duplicate, or refused. Resolves
 * when that is stored, so that the offset may pass. A refusal is an answer to upstream, which it is
 * told; what is thrown puts the record among the dead letters as it came.
 * @throws Unacceptable it was refused
 * @throws StoreUnavailable nothing is known; the record is to be taken again
 */
export const takingUpstream = (
  parts: UpstreamParts,
): ((record: ReceivedRecord) => Promise<void>) => {
  const { catalogue, sources, answers } = parts;
  const byTopic = new Map(sources.map((source) => [topics.upstream(source.name), source]));
  return async (record) => {
    const from = byTopic.get(record.topic);
    if (!from) throw new Unacceptable('no-source', `${record.topic} is of no configured source`);
    if (!catalogue.live) throw new StoreUnavailable('what may be accepted is not known yet');
    const refusal = await refusalOf(parts, record, from);
    if (!refusal) return;
    const { code, told, sourceId, eventType } = refusal;
    await answers.refused(record, from, { code, problems: [...told], sourceId });
    const text = told.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join('; ');
    const caseId = sourceId === undefined ? undefined : caseIdOf(from.source, sourceId);
    throw new Unacceptable(code, text, { about: { caseId, id: sourceId, type: eventType } });
  };
};

/** Undefined when it was taken, or recognised as taken before. */
const refusalOf = async (
  parts: UpstreamParts,
  record: ReceivedRecord,
  from: Source,
): Promise<Refusal | undefined> => {
  const read = readUpstreamEvent(record);
  const source = 'event' in read ? read.event.source : read.source;
  // Before anything is written: an event must not speak in the streams of another source.
  if (source !== undefined && source !== from.source) return foreign(from);
  if ('event' in read) return afterSubmitting(parts, record, from, read.event);
  return afterRejecting(parts, record, from, read);
};

const foreign = ({ source }: Source): Refusal => ({
  code: 'foreign-source',
  told: [{ pointer: '/source', message: `must be ${source}, which this topic is bound to` }],
});

const afterSubmitting = async (
  { acceptance, answers }: UpstreamParts,
  record: ReceivedRecord,
  from: Source,
  event: CloudEvent,
): Promise<Refusal | undefined> => {
  const about = { sourceId: event.id, eventType: event.type };
  const submission = await acceptance.submit(event, upstreamRecordOf(record));
  switch (submission.kind) {
    case 'accepted':
      if (submission.repeat) await answers.repeated(record, from, event.id);
      return undefined;
    case 'another-body':
      return { ...about, code: 'another-body', told: [anotherBody] };
    case 'malformed':
      return { ...about, code: submission.code, told: submission.told };
  }
};

const anotherBody: FieldProblem = {
  pointer: '/id',
  message: 'was accepted with another body, which stands; send a new id for a new event',
};

const afterRejecting = async (
  { acceptance }: UpstreamParts,
  record: ReceivedRecord,
  from: Source,
  { code, problems, source, id }: UnreadableEvent,
): Promise<Refusal> => {
  const reasons = { code, problems, told: problems };
  if (source === undefined || id === undefined) return reasons;
  await acceptance.reject(source, id, reasons, upstreamRecordOf(record));
  return { ...reasons, sourceId: id };
};
