import type { RecordedFact } from '@countersign/decider';
import type { Enclosure } from '@countersign/group-commit';
import {
  WrongExpectedRevision,
  type Appended,
  type EventStore,
  type Position,
  type StoredEvent,
} from './port.js';

/** An event about to be stored, and the fact in it: what its messages follow from. */
export interface Asking {
  readonly stored: Omit<StoredEvent, 'position'>;
  readonly recorded: RecordedFact;
}

/** Messages that go with an append, in one commit. */
export interface Parcel {
  readonly enclosure: Enclosure;
  /** Events that ask for them. */
  readonly eventIds: readonly string[];
}

/**
 * Makes the parcel of an append; undefined when its events ask for nothing.
 * @param published to be called once the parcel is durable
 */
export type Pack = (
  stream: string,
  events: readonly Asking[],
  published: () => void,
) => Promise<Parcel | undefined>;

/**
 * Lets the messages of a service go into the file with the events that ask for them, where store
 * and bus share one: half the commits, half the way of a case. The relay stays the one that
 * answers for them: it publishes whatever did not go this way. A case whose relay has still
 * something to publish sends nothing past it, so its messages stay in order.
 */
export interface Outbox {
  /** From now on the relay follows live, and this is how its messages are packed. */
  open(pack: Pack): void;
  close(): void;
  /**
   * Appends, with its parcel if that may go now.
   * @throws what `append` throws
   */
  append(
    caseId: string,
    stream: string,
    events: readonly Asking[],
    append: (enclosure?: Enclosure) => Promise<Appended>,
  ): Promise<Appended>;
  /** Whether the messages of this event went with it. */
  wentAlong(eventId: string): boolean;
  /** The relay has published everything up to here, and had these events in hand. */
  relayed(reached: Position, events: readonly { readonly id: string }[]): void;
}

/** What the relay has to publish of a case before anything may go with an append again. */
interface Behind {
  /** Appends of which it is not known yet whether they were written. */
  underway: number;
  /** One of them failed and may have been written: the next one that is written lies after it. */
  unknown: boolean;
  upTo?: Position;
}

/** What the relay has not passed yet; forgotten, they are published twice, which is harmless. */
const alongMax = 10_000;

export const outboxOf = ({ comparePositions }: Pick<EventStore, 'comparePositions'>): Outbox => {
  const behind = new Map<string, Behind>();
  const along = new Set<string>();
  let pack: Pack | undefined;

  const isPast = (position: Position, reached: Position) => comparePositions(position, reached) > 0;
  const lastOf = (one: Position | undefined, other: Position) =>
    one !== undefined && isPast(one, other) ? one : other;
  const packed = async (stream: string, events: readonly Asking[]): Promise<Parcel | undefined> => {
    const parcel: Parcel | undefined = await pack!(stream, events, () => {
      if (along.size >= alongMax) along.clear();
      for (const id of parcel!.eventIds) along.add(id);
    });
    return parcel;
  };
  /** Leaves its messages to the relay. */
  const later = async (caseId: string, append: () => Promise<Appended>): Promise<Appended> => {
    const standing = behind.get(caseId) ?? { underway: 0, unknown: false };
    behind.set(caseId, standing);
    standing.underway += 1;
    try {
      const appended = await append();
      standing.upTo = lastOf(standing.upTo, appended.position);
      standing.unknown = false;
      return appended;
    } catch (error) {
      standing.unknown ||= !(error instanceof WrongExpectedRevision);
      throw error;
    } finally {
      standing.underway -= 1;
      if (isNothing(standing)) behind.delete(caseId);
    }
  };
  return {
    open: (how) => void (pack = how),
    close: () => void (pack = undefined),
    append: async (caseId, stream, events, append) => {
      if (!pack || behind.has(caseId)) return later(caseId, append);
      // What cannot be packed is the relay's: it tries again, and says what is wrong.
      const parcel = await packed(stream, events).catch(() => 'later' as const);
      if (parcel === 'later') return later(caseId, append);
      try {
        return await append(parcel?.enclosure);
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) {
          behind.set(caseId, { underway: 0, ...behind.get(caseId), unknown: true });
        }
        throw error;
      }
    },
    wentAlong: (eventId) => along.has(eventId),
    relayed: (reached, events) => {
      for (const { id } of events) along.delete(id);
      for (const [caseId, { underway, unknown, upTo }] of behind) {
        const waits = upTo !== undefined && isPast(upTo, reached);
        if (underway === 0 && !unknown && !waits) behind.delete(caseId);
      }
    },
  };
};

/** Nothing of it was written, and nothing may have been. */
const isNothing = ({ underway, unknown, upTo }: Behind): boolean =>
  underway === 0 && !unknown && upTo === undefined;
