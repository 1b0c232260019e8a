import type { Log } from '@countersign/telemetry';
import { PartitionRevoked, type Assignment, type ConsumeOptions } from '../port.js';
import type { ReceivedRecord } from '../port.js';
import type { Feed } from './feed.js';

/** The one partition of an embedded topic. */
export const onlyPartition = 0;

export interface DeliveryOptions {
  readonly topic: string;
  readonly member: ConsumeOptions;
  readonly feed: Feed;
  readonly commit: (offset: number) => Promise<void>;
  readonly committed: () => number;
  /** Resolves when no commit is on its way: where the next owner starts is then known. */
  readonly settled: () => Promise<void>;
  readonly log: Log;
}

/** Hands the records of one topic to the member of a group that owns it. */
export interface Delivery {
  arrive(record: ReceivedRecord): void;
  /** Waits for the call in hand, lets the member commit what is done, then revokes. */
  stop(): Promise<void>;
}

/** Pauses after a rejected delivery grow to this: a member that fails must not spin. */
const pauseMaxMs = 2_000;
const pauseMinMs = 50;

export const startDelivery = (options: DeliveryOptions): Delivery => {
  const { topic, member, feed, log } = options;
  let paused = false;
  let stopped = false;
  let revoked = false;
  let wake = () => {};
  const woken = () => new Promise<void>((resolve) => (wake = resolve));

  const assignment: Assignment = {
    topic,
    partition: onlyPartition,
    get revoked() {
      return revoked;
    },
    commit: async (offset) => {
      if (revoked) throw new PartitionRevoked(`${topic} left group ${member.group}`);
      await options.commit(offset);
    },
    pause: () => void (paused = true),
    resume: () => {
      paused = false;
      wake();
    },
  };

  const deliverNext = async () => {
    if (paused) return woken();
    const records = feed.take();
    if (records.length === 0) return woken();
    await member.deliver(records, assignment);
    // A backlog read from the file is one synchronous read after another: others get a turn.
    if (feed.behind) await new Promise(setImmediate);
    return undefined;
  };
  const afterPause = async (ms: number) => {
    const timer = setTimeout(() => wake(), ms);
    await woken();
    clearTimeout(timer);
  };
  let greeted = false;
  const greet = async () => {
    await member.assigned?.(assignment);
    greeted = true;
  };
  const run = async () => {
    let pauseMs = pauseMinMs;
    while (!stopped) {
      try {
        await (greeted ? deliverNext() : greet());
        pauseMs = pauseMinMs;
      } catch (error) {
        log.warn('delivery starts again', { topic, group: member.group, cause: String(error) });
        feed.rewind(options.committed());
        await afterPause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
      }
    }
  };
  const running = run();
  return {
    arrive: (record) => {
      feed.arrive(record);
      wake();
    },
    stop: async () => {
      stopped = true;
      wake();
      await running;
      try {
        if (greeted) await member.revoked?.(assignment);
      } finally {
        revoked = true;
        await options.settled();
      }
    },
  };
};
