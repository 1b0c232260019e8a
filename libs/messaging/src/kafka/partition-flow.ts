import type { Log } from '@countersign/telemetry';
import type { ReceivedRecord } from '../port.js';
import { committing, ownedPartition, type OwnedPartitionOptions } from './owned-partition.js';
import { heldRecords, type Tap } from './held-records.js';
import { machineWaits, pause } from '../waits.js';
import { within } from './within.js';

export interface PartitionFlowOptions extends OwnedPartitionOptions {
  readonly tap: Tap;
  readonly log: Log;
}

/** The records of one partition on their way to the member, from assignment to revocation. */
export interface PartitionFlow {
  readonly topic: string;
  readonly partition: number;
  /** Fetched records; it keeps them until the member takes them. */
  accept(records: readonly ReceivedRecord[]): void;
  /** Waits for the batch in hand, lets the member commit what is done, then revokes. */
  stop(): Promise<void>;
  /** The group has already gone on: nothing more may be committed. */
  revoke(): void;
}

/** Pauses after a rejected delivery grow to this: a member that fails must not spin. */
const pauseMaxMs = 2_000;
const pauseMinMs = 50;
/** A batch that takes longer waits for something that only `revoked` ends. */
const inHandMs = 1_000;

export const partitionFlow = (options: PartitionFlowOptions): PartitionFlow => {
  const { topic, partition, member, tap, log } = options;
  const held = heldRecords(tap);
  const standing = { paused: false, revoked: false };
  const done = committing();
  const stop = new AbortController();
  let greeted = false;
  let wake = () => {};
  const woken = () => new Promise<void>((resolve) => (wake = resolve));
  const assignment = ownedPartition(options, standing, done, () => wake());

  const greet = async () => {
    await member.assigned?.(assignment);
    greeted = true;
  };
  const deliverNext = async () => {
    const records = standing.paused ? [] : held.take();
    if (records.length === 0) return woken();
    return member.deliver(records, assignment);
  };
  const startAgain = async (error: unknown, pauseMs: number) => {
    const cause = String(error);
    log.warn('delivery starts again', { topic, partition, group: member.group, cause });
    const next = done.next();
    if (next !== undefined) {
      held.empty();
      tap.from(next);
      tap.open();
    }
    await pause(pauseMs, machineWaits, stop.signal).catch(() => undefined);
  };
  const running = repeating({
    step: () => (greeted ? deliverNext() : greet()),
    failed: startAgain,
    stop: stop.signal,
  });
  return {
    topic,
    partition,
    accept: (records) => {
      if (stop.signal.aborted || standing.revoked || records.length === 0) return;
      done.began(records[0]!.offset);
      held.add(records);
      wake();
    },
    stop: async () => {
      stop.abort();
      tap.shut();
      wake();
      try {
        if (!greeted) return;
        await within(running, inHandMs);
        await member.revoked?.(assignment);
        await running;
      } finally {
        standing.revoked = true;
        held.empty();
        await done.settled();
      }
    },
    revoke: () => {
      standing.revoked = true;
      held.empty();
    },
  };
};

/** One step after the other; a failed one is followed by a pause that grows. */
const repeating = async (work: {
  step: () => Promise<void>;
  failed: (error: unknown, pauseMs: number) => Promise<void>;
  stop: AbortSignal;
}): Promise<void> => {
  let pauseMs = pauseMinMs;
  while (!work.stop.aborted) {
    try {
      await work.step();
      pauseMs = pauseMinMs;
    } catch (error) {
      if (work.stop.aborted) return;
      await work.failed(error, pauseMs);
      pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
    }
  }
};
