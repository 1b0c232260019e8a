import type { EachBatchPayload } from 'kafkajs';
import { BusUnavailable, PartitionRevoked } from '../port.js';
import { asBusError, failureOf } from './errors.js';

/**
 * Commits offsets of one member for as long as it owns what it was assigned, those of all
 * partitions that wait in one request.
 */
export interface OffsetRequests {
  /** @throws PartitionRevoked @throws BusUnavailable */
  commit(topic: string, partition: number, next: number): Promise<void>;
  /**
   * Through which requests go: the one way of the client that neither reports a commit which it
   * did not send (when it stops) nor repeats one in another generation.
   */
  through(payload: EachBatchPayload): void;
  /** Keeps the membership while the client itself sends nothing. */
  heartbeat(): Promise<void>;
  /** Nothing more is sent: from now on a request would speak for the next assignment. */
  end(): void;
}

interface Wanted {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
}

/** @param evicted called when the group has gone on without this member */
export const offsetRequests = (evicted: () => void): OffsetRequests => {
  let payload: EachBatchPayload | undefined;
  let wanted: Wanted[] = [];
  let request: Promise<void> | undefined;
  let flying: Promise<unknown> = Promise.resolve();
  let ended = false;

  const send = async () => {
    await flying;
    const asked = wanted;
    wanted = [];
    request = undefined;
    if (ended) throw new PartitionRevoked('what was assigned has been handed back');
    if (!payload) throw new BusUnavailable('this member has not been given anything');
    const sending = payload.commitOffsetsIfNecessary({ topics: topicsOf(asked) });
    flying = sending.catch(() => undefined);
    try {
      await sending;
    } catch (error) {
      if (failureOf(error) !== 'not-a-member') throw asBusError(error, 'offsets not committed');
      evicted();
      throw new PartitionRevoked('the group has gone on without this member', { cause: error });
    }
  };
  return {
    commit: (topic, partition, next) => {
      wanted.push({ topic, partition, next });
      return (request ??= send());
    },
    through: (given) => (payload = given),
    heartbeat: async () => {
      try {
        await payload?.heartbeat();
      } catch (error) {
        if (failureOf(error) === 'not-a-member') evicted();
      }
    },
    end: () => void (ended = true),
  };
};

const topicsOf = (asked: readonly Wanted[]) =>
  [...Map.groupBy(asked, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    partitions: some.map(({ partition, next }) => ({ partition, offset: String(next) })),
  }));
