import type { Enclosure } from '@countersign/group-commit';

/** One record to publish. `key` is the case id, always; no fallback. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string;
  /** Structured CloudEvents JSON; raw bytes for what could not be parsed. */
  readonly value: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReceivedRecord extends OutgoingRecord {
  readonly partition: number;
  /** Grows by record within a partition; not dense. Compare as numbers. */
  readonly offset: number;
}

/** A partition while this consumer owns it. After `revoked` nothing more may be committed. */
export interface Assignment {
  readonly topic: string;
  readonly partition: number;
  readonly revoked: boolean;
  /**
   * Everything up to and including `offset` is done. Resolves when it is durable; an offset that is
   * not beyond the committed one changes nothing.
   * @throws PartitionRevoked another member owns it now; what it redelivers is harmless
   * @throws BusUnavailable commit again
   */
  commit(offset: number): Promise<void>;
  /** Stops delivery for this partition until resumed; what was delivered stays delivered. */
  pause(): void;
  resume(): void;
}

export interface ConsumeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Called before the first record of a partition. */
  readonly assigned?: (assignment: Assignment) => void | Promise<void>;
  /**
   * Called when the partition goes. While `revoked` is still false what is done may be committed;
   * the next owner starts when the promise resolves.
   */
  readonly revoked?: (assignment: Assignment) => void | Promise<void>;
  /**
   * Takes records in order of offset. The next batch of the partition comes when the promise
   * resolves, which means "taken", not "done": done is `commit`. When it rejects, delivery starts
   * again after the committed offset.
   */
  readonly deliver: (records: readonly ReceivedRecord[], from: Assignment) => Promise<void>;
}

export interface Consumer {
  /** Stops delivering and waits for `deliver` calls in hand. */
  close(): Promise<void>;
}

/** At least once, in order per key. Every implementation passes `conformance/suite.ts`. */
export interface Bus {
  /**
   * Resolves when every record is durable; records of one call keep their order per key.
   * @throws BusUnavailable outcome unknown: publish again
   * @throws RecordTooLarge nothing was published
   */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /**
   * Publishes the records with an append of the event store, in one commit; only where both share a
   * file. @param published called when they are durable, before the append resolves; not called
   * when the append wrote nothing. @throws RecordTooLarge, BusUnavailable nothing is published
   */
  enclose?(records: readonly OutgoingRecord[], published: () => void): Enclosure;
  consume(options: ConsumeOptions): Promise<Consumer>;
  /**
   * What a topic holds, without a group, from its oldest record to the last one that was durable
   * when the reading began. In order per key. @throws BusUnavailable
   */
  browse(topic: string, filter?: { readonly key?: string }): AsyncIterable<ReceivedRecord>;
  close(): Promise<void>;
}

/** Infrastructure: the broker cannot be reached; the lane stops and waits (rule 14). */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
}

/** The partition belongs to another member of the group; nothing was committed. */
export class PartitionRevoked extends Error {
  override readonly name = 'PartitionRevoked';
}

/** Publishing again does not help. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
  readonly permanent = true;
}

/** Largest value of a record in bytes; what a broker takes by default (rule 15). */
export const recordMaxBytes = 1024 * 1024;
