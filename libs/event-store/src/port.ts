import type { EventMetadata } from '@countersign/contracts';
import type { Enclosure } from '@countersign/group-commit';

/** A place in the order of all events. Opaque and monotone: compare only, never count. */
export type Position = string;

/** Data and metadata of an event as JSON text. */
export interface EventJson {
  readonly data: string;
  readonly metadata: string;
}

export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: EventMetadata | Readonly<Record<string, unknown>>;
  /** What will be stored, where it has been made already; says the same. */
  readonly json?: EventJson;
}

export interface StoredEvent extends NewEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
}

/** The stream's last revision that the writer decided on; `'no-stream'`: it must not exist. */
export type ExpectedRevision = number | 'no-stream';

export interface Appended {
  /** Revision of the last event written; the original one when the append was a repeat. */
  readonly revision: number;
  readonly position: Position;
}

export interface ReadOptions {
  /** First revision to read, inclusive; the ends of the stream by default. */
  readonly from?: number;
  readonly direction?: 'forwards' | 'backwards';
  /** At most this many events; 1 000 unless said, which no stream of ours reaches. */
  readonly limit?: number;
  /** Only the leader's answer counts (rule 4). */
  readonly requiresLeader?: boolean;
}

/** Some events in order, and how far the reader may consider itself to have read. */
export interface Batch {
  readonly events: readonly StoredEvent[];
  readonly reached: Position;
}

export interface SubscribeOptions {
  /** Stream name prefixes, filtered on the server. */
  readonly prefixes: readonly string[];
  /** Exclusive; the very beginning when absent. */
  readonly after?: Position | undefined;
  /** At most this many events a batch. */
  readonly batchMax?: number;
  /**
   * Called one batch at a time, in order; the next waits for its promise. When it rejects, the
   * same batch is delivered again after a pause. May be called with no events to move `reached`.
   */
  readonly deliver: (batch: Batch) => void | Promise<void>;
}

export interface Subscription {
  readonly state: 'behind' | 'live' | 'lost';
  /** Resolves once everything stored before the subscription began was delivered; else never. */
  readonly caughtUp: Promise<void>;
  /**
   * Tells how far it is as soon as it can, also without events; unless asked it does so only now and
   * then: at the end of history, and after many events of others. Asked in vain while the store is
   * away, or has nothing new: whoever waits for a position asks again.
   */
  tellReached(): void;
  /** Stops delivering; resolves when the batch in hand is done. */
  close(): Promise<void>;
}

/**
 * An append-only store of streams, as EventStoreDB promises it; `event-store-semantics` in the
 * design names the source of each rule. Every implementation passes `conformance.ts`.
 */
export interface EventStore {
  /**
   * Atomic for one stream. Order of checks: expected equals last → written; expected below last
   * and all ids found from expected+1 on → the original result, nothing written; else it conflicts.
   * @throws WrongExpectedRevision another writer was first
   * @param enclosure messages that a bus in the same file publishes with it, if it is written
   * @throws StoreUnavailable outcome unknown: repeat with the same ids AND the same revision
   */
  append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    enclosure?: Enclosure,
  ): Promise<Appended>;
  /** Empty when there is no such stream. @throws StoreUnavailable */
  read(stream: string, options?: ReadOptions): Promise<readonly StoredEvent[]>;
  /** At least once, in order, history first. System streams (`$…`) are never delivered. */
  subscribe(options: SubscribeOptions): Subscription;
  /** Keeps only the newest `maxCount` events of a stream. Never for business streams. */
  limitStream(stream: string, maxCount: number): Promise<void>;
  comparePositions(a: Position, b: Position): number;
  close(): Promise<void>;
}

/** Another writer was first: re-read and decide again. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    readonly actual: number | 'no-stream',
  ) {
    super(`${stream}: expected revision ${expected}, found ${actual}`);
  }
}

/** Infrastructure: the store cannot be asked now. The lane stops, no offset passes (rule 14). */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The event or append exceeds a limit; deciding again does not help. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** The handle's owner may not touch this stream (see `rights` in libs/contracts). */
export class NotPermitted extends Error {
  override readonly name = 'NotPermitted';
}

/** Largest data of one event, in bytes of JSON (rule 15). */
export const eventDataMaxBytes = 256 * 1024;
/** Largest append in all, as EventStoreDB's default. */
export const appendMaxBytes = 1024 * 1024;
