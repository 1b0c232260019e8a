import { streams } from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import type { Clock } from '@countersign/time';
import type { EventStore } from './port.js';

/** The last word in a lease's stream. */
export interface LeaseWord {
  readonly type: LeaseEvent;
  readonly revision: number;
  readonly holder: string;
  /** Grows with each holder. */
  readonly epoch: number;
  readonly ttlMs: number;
}

type LeaseEvent = 'LeaseTaken' | 'LeaseRenewed' | 'LeaseReleased';

export interface LeaseStream {
  /** Asked of the leader; undefined when nobody has held the lease yet. @throws StoreUnavailable */
  last(): Promise<LeaseWord | undefined>;
  /**
   * Said again with the same words after an unknown outcome, it is said once.
   * @returns its revision
   * @throws WrongExpectedRevision somebody else spoke first
   * @throws StoreUnavailable
   */
  say(type: LeaseEvent, epoch: number, after: number | undefined): Promise<number>;
}

const wordsKept = 10;
const wordIds = 'b3f0a9d2-58c4-5b1e-8a37-2f6d9c0e1a54';

export const leaseStream = (
  store: EventStore,
  clock: Clock,
  name: string,
  holder: string,
  ttlMs: number,
): LeaseStream => {
  const stream = streams.lease(name);
  return {
    last: async () => {
      const options = { direction: 'backwards', limit: 1, requiresLeader: true } as const;
      const [event] = await store.read(stream, options);
      if (!event) return undefined;
      const data = event.data as Pick<LeaseWord, 'holder' | 'epoch' | 'ttlMs'>;
      return { ...data, type: event.type as LeaseEvent, revision: event.revision };
    },
    say: async (type, epoch, after) => {
      if (after === undefined) await store.limitStream(stream, wordsKept);
      const event = {
        id: effectIdOf(wordIds, `${stream}:${holder}:${epoch}:${type}:${after ?? ''}`),
        type,
        data: { holder, epoch, ttlMs },
        metadata: { recordedAt: clock.now() },
      };
      return (await store.append(stream, after ?? 'no-stream', [event])).revision;
    },
  };
};
