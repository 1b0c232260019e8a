import { hash } from 'node:crypto';
import { caseIdOf, streams, type intakeSays, type UpstreamRecord } from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import { handle, type Journal } from '@countersign/event-store';
import type { ReceivedRecord } from '@countersign/messaging';
import {
  recordAnswers,
  type AnswerFact,
  type AnswerInput,
  type AnswerState,
} from '../domain/answers.js';
import type { Source } from './sources.js';

/** Answers records that open no case: each has a stream of its own, and the relay tells upstream. */
export interface RecordAnswers {
  /** @throws StoreUnavailable */
  repeated(record: ReceivedRecord, from: Source, sourceId: string): Promise<void>;
  /**
   * @param sourceId only when the event is one of the source's own: nobody is answered for another
   * @throws StoreUnavailable
   */
  refused(
    record: ReceivedRecord,
    from: Source,
    reasons: Pick<intakeSays.RejectionPublished, 'sourceId' | 'code' | 'problems'>,
  ): Promise<void>;
}

const namespace = '8d0f6a0e-5c5b-5b39-9d1c-1d5d2c9e7a44';

/** Place and content: a topic that is made anew begins with the same places. */
const recordIdOf = ({ topic, partition, offset, value }: ReceivedRecord): string =>
  effectIdOf(namespace, `${topic}@${partition}-${offset} ${hash('sha256', value)}`);

export const upstreamRecordOf = ({ topic, partition, offset }: ReceivedRecord): UpstreamRecord => ({
  topic,
  partition,
  offset,
});

export const answeringRecords = (journal: Journal): RecordAnswers => {
  const answer = async (record: ReceivedRecord, from: Source, body: AnswerInput) => {
    const id = recordIdOf(record);
    const { source, sourceId } = body.data;
    // Of an event whose id is not known there is no case; then the source's name is the key.
    const caseId = sourceId === undefined ? from.name : caseIdOf(source, sourceId);
    await handle<AnswerInput, AnswerFact, AnswerState>(
      journal,
      streams.intake(id),
      {},
      {
        id,
        actor: { type: 'upstream', id: source },
        occurredAt: journal.clock.now(),
        correlationId: sourceId === undefined ? id : caseId,
        caseId,
        subjects: [],
        body,
      },
      recordAnswers,
    );
  };
  return {
    repeated: (record, from, sourceId) =>
      answer(record, from, {
        type: 'Repeated',
        data: { source: from.source, sourceId, record: upstreamRecordOf(record) },
      }),
    refused: (record, from, reasons) =>
      answer(record, from, {
        type: 'Refused',
        data: { source: from.source, ...reasons, record: upstreamRecordOf(record) },
      }),
  };
};
