import type { Service } from '@countersign/contracts';
import type { Failpoints } from '@countersign/failpoints';
import type { Log } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import {
  cutToFit,
  namedIn,
  sourceOf,
  toDeadLetterRecord,
  type DeadLetter,
} from './dead-letters.js';
import type { About, Cause } from './failures.js';
import type { Fence } from './fences.js';
import type { Bus, ReceivedRecord } from './port.js';

/** That a record could not be taken, and why. */
export interface Failure {
  readonly cause: Cause;
  readonly about: About | undefined;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
}

interface Buried {
  readonly record: ReceivedRecord;
  readonly key: string;
  readonly failure?: Failure | undefined;
}

export interface BuryingOptions {
  readonly service: Service;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
}

/** Puts records among the dead letters; resolves when that is durable, so that offsets may pass. */
export const burying = ({ service, bus, clock, log, failpoints }: BuryingOptions) => {
  const publish = async (letter: DeadLetter) => {
    const published = toDeadLetterRecord(service, letter);
    await failpoints.reach(`${service}.before_dead_letter`);
    await bus.publish([published]).catch((error: unknown) => {
      if ((error as Error).name !== 'RecordTooLarge') throw error;
      log.warn('a dead letter was cut', { service, cause: String(error) });
      return bus.publish([cutToFit(published)]);
    });
    await failpoints.reach(`${service}.after_dead_letter`);
  };
  const bury = async ({ record, key, failure }: Buried, fence: Fence) => {
    const behind = record.offset !== fence.offset || record.partition !== fence.partition;
    const now = clock.now();
    const { id, type } = namedIn(record);
    const letter = {
      record,
      key,
      fence: fence.id,
      messageId: id,
      messageType: type,
      behind,
      cause: behind ? behindCause(fence) : fence.cause,
      firstFailedAt: failure?.firstFailedAt ?? now,
      lastFailedAt: failure?.lastFailedAt ?? now,
    };
    await publish(letter);
    log.error(behind ? 'dead-lettered behind a fence' : 'dead-lettered, key fenced', {
      ...placeOf(record),
      code: letter.cause.code,
      cause: letter.cause.text,
    });
  };
  /** Of upstream's words only what the handler vouched for is repeated. */
  const putAside = async (record: ReceivedRecord, { about, ...failure }: Failure) => {
    const key = about?.caseId ?? sourceOf(record.topic);
    const messageId = about?.id ?? '';
    const messageType = about?.type ?? '';
    const letter = { record, key, fence: '', messageId, messageType, behind: false, ...failure };
    await publish(letter);
    log.warn('dead-lettered', {
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      caseId: key,
      causationId: messageId,
      type: messageType,
      code: failure.cause.code,
      cause: failure.cause.text,
    });
  };
  return { bury, putAside };
};

const behindCause = ({ messageType, partition, offset }: Fence): Cause => ({
  code: 'behind',
  text: `its key is fenced at ${messageType || 'a record'} ${partition}-${offset}`,
});

export const placeOf = (record: ReceivedRecord) => ({
  topic: record.topic,
  partition: record.partition,
  offset: record.offset,
  caseId: record.key,
  causationId: namedIn(record).id,
  type: namedIn(record).type,
});
