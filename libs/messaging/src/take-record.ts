import { topics, type Service } from '@countersign/contracts';
import type { Failpoints } from '@countersign/failpoints';
import type { Log } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import { burying, placeOf, type Failure } from './bury.js';
import { eachOnce, laneKeyOf, letterKeyOf, namedIn } from './dead-letters.js';
import { aboutOf, causeOf, isInfrastructure, isPermanent } from './failures.js';
import type { Fences } from './fences.js';
import type { Bus, ReceivedRecord } from './port.js';
import { liftingBy, readReplayRequest, type ReplayRequest } from './replay-request.js';
import { jittered, pause, type Waits } from './waits.js';

/** How a handler comes to see a record. */
export interface Attempt {
  /** 1, 2, 3 within the lane; a redelivery counts from 1 again. */
  readonly number: number;
  /** It stood among the dead letters and is taken again. */
  readonly replayed: boolean;
}

/** Takes one record. What it throws decides: infrastructure waits, anything else is this message. */
export type Handle = (record: ReceivedRecord, attempt: Attempt) => unknown;

/** A record on its way through a lane. */
export interface Work {
  readonly record: ReceivedRecord;
  readonly key: string;
  /** Found out before infrastructure failed; it is not tried again after the pause. */
  failure?: Failure | undefined;
}

export interface TakingOptions {
  readonly service: Service;
  readonly bus: Bus;
  readonly fences: Fences;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  readonly waits: Waits;
  readonly handle: Handle;
  /**
   * False where no order is promised, on the topics of upstream: nothing is fenced there, and no
   * record is read as a request for a replay, whatever its headers say.
   */
  readonly ordered: boolean;
}

/** Each key waits behind its message while that is tried, so the tries are few and short. */
const triesMax = 3;
const tryPauseMs = 50;

export const workOf = (record: ReceivedRecord): Work => ({ record, key: laneKeyOf(record) });

/**
 * Takes one record so that its offset may pass: handled, or dead-lettered and its key fenced. Rejects
 * only when it must be taken again, whatever the cause; then no offset may pass.
 */
export type TakeRecord = (work: Work, stop: AbortSignal) => Promise<void>;

export const takingRecords = (options: TakingOptions): TakeRecord => {
  const { fences, bus, service, log, ordered } = options;

  const { bury, putAside } = burying(options);

  /** Without a key, or under one that is no text, another member may have raised it. */
  const named = async ({ fence }: ReplayRequest, record: ReceivedRecord) => {
    const standing = () => fences.of(record.topic, laneKeyOf(record));
    if (standing()?.id !== fence) await fences.load();
    return standing()?.id === fence ? standing() : undefined;
  };
  const replay = async (record: ReceivedRecord, request: ReplayRequest, stop: AbortSignal) => {
    const fence = await named(request, record);
    if (!fence) return log.info('nothing to replay', placeOf(record));
    const letters = bus.browse(topics.deadLetters(service), { key: fence.letterKey });
    let replayed = 0;
    for await (const letter of eachOnce(letters, fence.id)) {
      if (request.skip.includes(letter.record.offset)) continue;
      const failure = await tryToHandle(options, letter.record, true, stop);
      if (failure) {
        await fences.raise(standingAt({ ...letter, failure }));
        return log.error('replay stopped', {
          ...placeOf(letter.record),
          cause: failure.cause.text,
        });
      }
      replayed += 1;
    }
    if (replayed + request.skip.length === 0) {
      return log.error('no dead letters found, the fence stays', placeOf(record));
    }
    await fences.lift(fence, liftingBy(request, replayed));
    return log.info('replayed, fence lifted', { ...placeOf(record), replayed });
  };

  const takeAlone = async (work: Work, stop: AbortSignal) => {
    work.failure ??= await tryToHandle(options, work.record, false, stop);
    if (work.failure) await putAside(work.record, work.failure);
  };

  return async (work, stop) => {
    const { record, key } = work;
    if (!ordered) return takeAlone(work, stop);
    const request = readReplayRequest(record);
    if (request) return replay(record, request, stop);
    const standing = fences.of(record.topic, key);
    if (standing) return bury(work, standing);
    work.failure ??= await tryToHandle(options, record, false, stop);
    if (!work.failure) return undefined;
    return bury(work, await fences.raise(standingAt({ record, key, failure: work.failure })));
  };
};

const tryToHandle = async (
  { service, clock, failpoints, waits, handle }: TakingOptions,
  record: ReceivedRecord,
  replayed: boolean,
  stop: AbortSignal,
): Promise<Failure | undefined> => {
  let firstFailedAt: string | undefined;
  for (let number = 1; ; number += 1) {
    try {
      await failpoints.reach(`${service}.before_handle`);
      await handle(record, { number, replayed });
      await failpoints.reach(`${service}.after_handle`);
      return undefined;
    } catch (error) {
      if (isInfrastructure(error)) throw error;
      const lastFailedAt = clock.now();
      firstFailedAt ??= lastFailedAt;
      if (isPermanent(error) || number === triesMax) {
        return { cause: causeOf(error), about: aboutOf(error), firstFailedAt, lastFailedAt };
      }
    }
    await pause(jittered(tryPauseMs * number, waits), waits, stop);
  }
};

const standingAt = ({ record, key, failure }: Required<Work> & { failure: Failure }) => {
  const { id, type } = namedIn(record);
  return {
    topic: record.topic,
    key,
    partition: record.partition,
    offset: record.offset,
    messageId: id,
    messageType: type,
    cause: failure.cause,
    letterKey: letterKeyOf(record),
  };
};
