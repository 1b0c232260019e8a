import { z } from 'zod';

/** Who acted. `id` is a token subject, a service name, a source URI or a rule's name. */
export const actor = z.strictObject({
  type: z.enum(['human', 'service', 'agent', 'upstream', 'rule']),
  id: z.string().min(1),
});
export type Actor = z.infer<typeof actor>;

/** An instant, ISO 8601 in UTC with milliseconds. */
export const instant = z.iso.datetime({ precision: 3 });

/** A versioned document, pinned by the SHA-256 of its canonical form (hex). */
export const reference = z.strictObject({
  name: z.string().min(1),
  version: z.int().positive(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Reference = z.infer<typeof reference>;

/** The event that made a message, so that a receiver can name and verify its cause. */
export interface SourceEvent {
  readonly stream: string;
  readonly revision: number;
  /** SHA-256 over the event as stored (hex); see `eventHash` in libs/event-store. */
  readonly hash: string;
}

/** Everything every message carries beside its data. */
export interface Message<Type extends string = string, Data = unknown> {
  /** UUIDv5(source event id, effect name): the same message however often it is published. */
  readonly id: string;
  readonly type: Type;
  readonly schemaVersion: number;
  readonly caseId: string;
  readonly occurredAt: string;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly causationId: string;
  /** Pseudonyms of the people the data is about, e.g. `customer:8812`; never an address. */
  readonly subjects: readonly string[];
  readonly traceparent?: string | undefined;
  readonly source: SourceEvent;
  readonly data: Data;
}

/** What stands in the metadata of every stored event (I7). `$` names are the store's own. */
export interface EventMetadata {
  readonly schemaVersion: number;
  readonly occurredAt: string;
  /** max(now, previous event's): non-decreasing in a stream. */
  readonly recordedAt: string;
  readonly actor: Actor;
  readonly $correlationId: string;
  readonly $causationId: string;
  readonly caseId: string;
  readonly subjects: readonly string[];
  /** Hash of the event before it in the stream; 64 zeros before the first. */
  readonly prevHash: string;
  /** The event of another stream that caused this one, when a message did. */
  readonly cause?: SourceEvent | undefined;
  readonly traceparent?: string | undefined;
}
