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

/** Messages to be published in the commit of an append. */
export interface EnclosedMessages {
  readonly enclosure: Enclosure;
  /** Events that ask for them. */
  readonly eventIds: readonly string[];
}

/**
 * Encloses what the events of an append ask for; undefined when they ask for nothing.
 * @param published to be called once the messages are durable
 */
export type EncloseMessages = (
  stream: string,
  events: readonly Asking[],
  published: () => void,
) => Promise<EnclosedMessages | undefined>;

/**
 * Lets the messages of a service go into the file with the events that ask for them, where store
 * and bus share one: half the commits, half the way of a case. The relay stays the one that
 * answers for them: it publishes whatever did not go this way. A case whose relay has still
 * something to publish sends nothing past it, so its messages stay in order.
 */
export interface Outbox {
  /** From now on the relay follows live, and this is how its messages are enclosed. */
  open(enclose: EncloseMessages): void;
  close(): void;
  /**
   * Appends, with its messages if they may go now.
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
  let enclose: EncloseMessages | undefined;

  const isPast = (position: Position, reached: Position) => comparePositions(position, reached) > 0;
  const lastOf = (one: Position | undefined, other: Position) =>
    one !== undefined && isPast(one, other) ? one : other;
  const enclosed = async (
    stream: string,
    events: readonly Asking[],
  ): Promise<EnclosedMessages | undefined> => {
    const messages: EnclosedMessages | undefined = await enclose!(stream, events, () => {
      if (along.size >= alongMax) along.clear();
      for (const id of messages!.eventIds) along.add(id);
    });
    return messages;
  };
  const standingOf = (caseId: string): Behind => {
    const standing = behind.get(caseId) ?? { underway: 0, unknown: false };
    behind.set(caseId, standing);
    return standing;
  };
  /** Leaves its messages to the relay. */
  const later = async (caseId: string, append: () => Promise<Appended>): Promise<Appended> => {
    const standing = standingOf(caseId);
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
    open: (how) => void (enclose = how),
    close: () => void (enclose = undefined),
    append: async (caseId, stream, events, append) => {
      if (!enclose || behind.has(caseId)) return later(caseId, append);
      // What cannot be enclosed is the relay's: it tries again, and says what is wrong.
      const messages = await enclosed(stream, events).catch(() => 'later' as const);
      if (messages === 'later') return later(caseId, append);
      try {
        return await append(messages?.enclosure);
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) standingOf(caseId).unknown = true;
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
