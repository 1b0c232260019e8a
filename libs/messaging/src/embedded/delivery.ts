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

interface Standing {
  paused: boolean;
  revoked: boolean;
}

export const startDelivery = (options: DeliveryOptions): Delivery => {
  const { topic, member, feed, log } = options;
  const standing: Standing = { paused: false, revoked: false };
  let stopped = false;
  let greeted = false;
  let wake = () => {};
  const woken = () => new Promise<void>((resolve) => (wake = resolve));
  const assignment = assignmentOf(options, standing, () => wake());

  const greet = async () => {
    await member.assigned?.(assignment);
    greeted = true;
  };
  const deliverNext = async () => {
    const records = standing.paused ? [] : feed.take();
    if (records.length === 0) return woken();
    await member.deliver(records, assignment);
    // A backlog read from the file is one synchronous read after another: others get a turn.
    return feed.behind ? new Promise<void>(setImmediate) : undefined;
  };
  const startAgain = async (error: unknown, pauseMs: number) => {
    log.warn('delivery starts again', { topic, group: member.group, cause: String(error) });
    feed.rewind(options.committed());
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      wake();
    }, pauseMs);
    // What arrives meanwhile wakes too, but must not cut the pause short.
    while (!over && !stopped) await woken();
    clearTimeout(timer);
  };
  const run = async () => {
    let pauseMs = pauseMinMs;
    while (!stopped) {
      try {
        await (greeted ? deliverNext() : greet());
        pauseMs = pauseMinMs;
      } catch (error) {
        if (stopped) return;
        await startAgain(error, pauseMs);
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
        standing.revoked = true;
        await options.settled();
      }
    },
  };
};

const assignmentOf = (
  { topic, member, commit }: DeliveryOptions,
  standing: Standing,
  wake: () => void,
): Assignment => ({
  topic,
  partition: onlyPartition,
  get revoked() {
    return standing.revoked;
  },
  commit: async (offset) => {
    if (standing.revoked) throw new PartitionRevoked(`${topic} left group ${member.group}`);
    await commit(offset);
  },
  pause: () => void (standing.paused = true),
  resume: () => {
    standing.paused = false;
    wake();
  },
});
