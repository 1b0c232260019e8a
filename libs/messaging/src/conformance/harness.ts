import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Assignment, Bus, ConsumeOptions, Consumer, ReceivedRecord } from '../port.js';

/** One bus under test. Checks use topics of their own, so a bus may serve several. */
export interface BusHarness {
  readonly bus: Bus;
  /** Makes a topic; brokers that do not create them on the way need it. */
  createTopic(name: string): Promise<void>;
  /** Ends the bus as a kill would, at once, and opens one on what was durable at that instant. */
  restart(): Promise<Bus>;
  /** The next publish is written, but its caller never hears of it. */
  loseNextAcknowledgement(): void;
  close(): Promise<void>;
  /** How long to wait for what must happen; 8 000 unless said. */
  readonly patienceMs?: number;
}

/** One promise of the port. Rejects when the bus breaks it. */
export interface BusCheck {
  readonly name: string;
  readonly run: (harness: BusHarness) => Promise<void>;
}

/** A name that no other check uses. */
export const fresh = (word: string): string => `${word}-${randomUUID().slice(0, 8)}`;

export const freshTopic = async (harness: BusHarness): Promise<string> => {
  const topic = fresh('conformance');
  await harness.createTopic(topic);
  return topic;
};

/** Records `first` … `first + count - 1` of a topic, their keys taken in turn. */
export const numbered = (topic: string, first: number, count: number, keys = ['a']) =>
  Array.from({ length: count }, (_, index) => {
    const n = first + index;
    const key = keys[n % keys.length]!;
    return { topic, key, value: String(n), headers: { n: String(n) } };
  });

export const range = (from: number, until: number): number[] =>
  Array.from({ length: until - from }, (_, index) => from + index);

export const numberOf = ({ value }: Pick<ReceivedRecord, 'value'>): number =>
  Number(typeof value === 'string' ? value : new TextDecoder().decode(value));

export const waitUntil = async (harness: BusHarness, holds: () => boolean, what: string) => {
  const begun = performance.now();
  while (!holds()) {
    if (performance.now() - begun > (harness.patienceMs ?? 8_000)) assert.fail(`never: ${what}`);
    await sleep(2);
  }
};

/** Long enough for a record that is on its way to come. */
export const settle = () => sleep(60);

/** A member of a group that remembers what it was given. */
export interface Member {
  readonly records: readonly ReceivedRecord[];
  numbers(): number[];
  readonly assignments: readonly Assignment[];
  /** Commits the newest record that it was given. */
  commit(): Promise<void>;
  count(count: number): Promise<void>;
  readonly consumer: Consumer;
}

/** @param options `deliver` is called before the records are remembered */
export const joinGroup = async (
  harness: BusHarness,
  topic: string,
  options: Partial<ConsumeOptions> & { readonly group: string },
): Promise<Member> => {
  const records: ReceivedRecord[] = [];
  const assignments: Assignment[] = [];
  const consumer = await harness.bus.consume({
    topics: [topic],
    ...options,
    assigned: async (assignment) => {
      assignments.push(assignment);
      await options.assigned?.(assignment);
    },
    deliver: async (batch, from) => {
      await options.deliver?.(batch, from);
      records.push(...batch);
    },
  });
  const numbers = () => records.map(numberOf);
  return {
    records,
    numbers,
    assignments,
    commit: async () => {
      const newest = records.at(-1);
      const assignment = assignments.at(-1);
      assert.ok(newest && assignment, 'nothing to commit');
      await assignment.commit(newest.offset);
    },
    count: (count) => waitUntil(harness, () => records.length >= count, `${count} records`),
    consumer,
  };
};
