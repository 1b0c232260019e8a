import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  Batch,
  EventStore,
  NewEvent,
  Position,
  StoredEvent,
  SubscribeOptions,
  Subscription,
} from '../port.js';

/** One store under test. Checks use names of their own, so a store may serve several. */
export interface Harness {
  readonly store: EventStore;
  /** Ends the store as a kill would, at once, and opens what was durable at that instant. */
  restart(): Promise<EventStore>;
  close(): Promise<void>;
  /** How long to wait for what must happen; 8 000 unless said. */
  readonly patienceMs?: number;
}

/** One promise of the port. Rejects when the store breaks it. */
export interface Check {
  readonly name: string;
  readonly run: (harness: Harness) => Promise<void>;
}

/** A prefix that no other check uses; nothing is stored under it yet. */
export const freshPrefix = (word: string): string =>
  `${word}${randomUUID().replaceAll('-', '').slice(0, 12)}-`;

/** Event number n, with an id of its own each time. */
export const numbered = (n: number): NewEvent => ({
  id: randomUUID(),
  type: 'Numbered',
  data: { n },
  metadata: { recordedAt: '2026-01-05T09:00:00.000Z', n },
});

export const numberedUpTo = (count: number): NewEvent[] =>
  Array.from({ length: count }, (_, n) => numbered(n));

/** The n of each event: what most checks compare. */
export const numbersOf = (events: readonly StoredEvent[]): number[] =>
  events.map(({ data }) => (data as { n: number }).n);

export const range = (from: number, until: number): number[] =>
  Array.from({ length: until - from }, (_, index) => from + index);

/** Appends numbered events to a new stream, one append after the other. */
export const writeEach = async (store: EventStore, stream: string, count: number) => {
  const events = numberedUpTo(count);
  for (const [n, event] of events.entries()) {
    await store.append(stream, n === 0 ? 'no-stream' : n - 1, [event]);
  }
  return events;
};

export const waitUntil = async (harness: Harness, holds: () => boolean, what: string) => {
  const patienceMs = harness.patienceMs ?? 8_000;
  const begun = performance.now();
  while (!holds()) {
    if (performance.now() - begun > patienceMs) throw new Error(`never came: ${what}`);
    await pause(2);
  }
};

/** A promise that a subscriber waits on; opened in the end, or a broken store could not close. */
export const withGate = async (
  body: (gate: { readonly opened: Promise<void>; open(): void }) => Promise<void>,
) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  try {
    await body({ opened: promise, open: resolve });
  } finally {
    resolve();
  }
};

/** A subscriber that remembers what it took. */
export interface Collected {
  readonly subscription: Subscription;
  readonly batches: readonly Batch[];
  events(): readonly StoredEvent[];
  reached(): Position | undefined;
  /** Waits until so many events were taken. */
  count(count: number): Promise<void>;
}

export const collect = (
  harness: Harness,
  options: Omit<SubscribeOptions, 'deliver'>,
  take: (batch: Batch) => void | Promise<void> = () => undefined,
  store: EventStore = harness.store,
): Collected => {
  const batches: Batch[] = [];
  const events = () => batches.flatMap((batch) => [...batch.events]);
  const deliver = async (batch: Batch) => {
    await take(batch);
    batches.push(batch);
  };
  return {
    subscription: store.subscribe({ ...options, deliver }),
    batches,
    events,
    reached: () => batches.at(-1)?.reached,
    count: (count) => waitUntil(harness, () => events().length >= count, `${count} events`),
  };
};
