import { randomUUID } from 'node:crypto';
import { streams } from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import type { Clock } from '@countersign/time';
import type { EventStore } from './port.js';

/** The last word in a lease's stream. */
export interface LeaseWord {
  readonly type: LeaseEvent;
  readonly revision: number;
  readonly holder: string;
  /** Of this very process. */
  readonly isOwn: boolean;
  /** Grows with each holder. */
  readonly epoch: number;
  readonly ttlMs: number;
}

type Said = Pick<LeaseWord, 'holder' | 'epoch' | 'ttlMs'> & { readonly speaker: string };
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
  // Two processes under one name must not say the same words.
  const speaker = randomUUID();
  return {
    last: async () => {
      const options = { direction: 'backwards', limit: 1, requiresLeader: true } as const;
      const [event] = await store.read(stream, options);
      if (!event) return undefined;
      const { speaker: said, ...data } = event.data as Said;
      const { type, revision } = event;
      return { ...data, isOwn: said === speaker, type: type as LeaseEvent, revision };
    },
    say: async (type, epoch, after) => {
      if (after === undefined) await store.limitStream(stream, wordsKept);
      const event = {
        id: effectIdOf(wordIds, `${speaker}:${epoch}:${type}:${after ?? ''}`),
        type,
        data: { holder, epoch, ttlMs, speaker } satisfies Said,
        metadata: { recordedAt: clock.now() },
      };
      return (await store.append(stream, after ?? 'no-stream', [event])).revision;
    },
  };
};
