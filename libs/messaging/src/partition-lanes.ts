import type { Log } from '@countersign/telemetry';
import { causeOf } from './failures.js';
import { offsetCommits } from './offset-commits.js';
import type { Assignment, ReceivedRecord } from './port.js';
import { workOf, type TakeRecord, type Work } from './take-record.js';
import { jittered, type Waits } from './waits.js';
import { watermark, type Place } from './watermark.js';

export interface LaneLimits {
  /** Keys handled at once in a partition; each has a read and an append on their way (rule 15). */
  readonly keysInFlightMax: number;
  /** Records taken but not below the watermark: memory now, and redelivery after a crash. */
  readonly takenMax: number;
}
export const laneLimits: LaneLimits = { keysInFlightMax: 64, takenMax: 1_024 };

export interface PartitionLanesOptions {
  readonly assignment: Assignment;
  readonly take: TakeRecord;
  readonly beforeCommit: () => void | Promise<void>;
  readonly limits: LaneLimits;
  readonly waits: Waits;
  readonly log: Log;
}

/** One partition: the same key strictly in order, different keys at once, offsets in order. */
export interface PartitionLanes {
  /** Resolves when the records are taken and there is room for more. */
  deliver(records: readonly ReceivedRecord[]): Promise<void>;
  /** Why nothing is launched, while infrastructure is away. */
  readonly pausedBecause: string | undefined;
  /** Launches nothing more. Resolves when what runs is done or `graceMs` are over. */
  stop(graceMs: number): Promise<void>;
  /** Commits what is done. */
  commit(): Promise<void>;
}

interface KeyLane {
  readonly key: string;
  readonly queue: Queued[];
}
type Queued = Work & { readonly place: Place };

/** The first probe comes soon; later ones often enough that recovery is noticed in seconds. */
const pauseMinMs = 100;
const pauseMaxMs = 2_000;

export const partitionLanes = (options: PartitionLanesOptions): PartitionLanes => {
  const { assignment, take, limits, waits, log } = options;
  const offsets = offsetCommits({ ...options, before: options.beforeCommit });
  const mark = watermark();
  const lanes = new Map<string, KeyLane>();
  const stopping = new AbortController();
  let ready: KeyLane[] = [];
  let running = 0;
  let becameIdle = () => {};
  let madeRoom = () => {};
  let because: string | undefined;
  let probing = false;
  let pauseMs = pauseMinMs;
  let cancelProbe: (() => void) | undefined;

  const slots = () => {
    if (stopping.signal.aborted) return 0;
    if (because === undefined) return limits.keysInFlightMax;
    return probing ? 1 : 0;
  };
  const launch = () => {
    let next = 0;
    for (const free = slots(); running < free && next < ready.length; next += 1) {
      running += 1;
      void run(ready[next]!);
    }
    if (next > 0) ready = ready.slice(next);
  };
  const run = async (lane: KeyLane) => {
    try {
      await take(lane.queue[0]!, stopping.signal);
      finished(lane);
    } catch (error) {
      ready.unshift(lane);
      if (!stopping.signal.aborted) hold(error);
    }
    running -= 1;
    if (running === 0) becameIdle();
    launch();
  };
  const finished = (lane: KeyLane) => {
    const { place } = lane.queue.shift()!;
    if (lane.queue.length === 0) lanes.delete(lane.key);
    else ready.push(lane);
    const before = mark.reached;
    mark.finish(place);
    if (mark.reached !== before) offsets.reached(mark.reached!);
    if (mark.open < limits.takenMax) madeRoom();
    if (probing) resume();
  };

  const hold = (error: unknown) => {
    probing = false;
    if (because === undefined) {
      assignment.pause();
      log.warn('partition paused', { topic: assignment.topic, cause: causeOf(error).text });
    }
    because = causeOf(error).text;
    if (cancelProbe) return;
    cancelProbe = waits.after(jittered(pauseMs, waits), () => {
      cancelProbe = undefined;
      probing = true;
      launch();
    });
    pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
  };
  const resume = () => {
    probing = false;
    because = undefined;
    pauseMs = pauseMinMs;
    log.info('partition resumed', { topic: assignment.topic });
    assignment.resume();
  };
  const enqueue = (record: ReceivedRecord) => {
    const work = { ...workOf(record), place: mark.take(record.offset) };
    const lane = lanes.get(work.key);
    if (lane) return void lane.queue.push(work);
    const opened = { key: work.key, queue: [work] };
    lanes.set(work.key, opened);
    return void ready.push(opened);
  };

  return {
    deliver: async (records) => {
      if (stopping.signal.aborted) return;
      records.forEach(enqueue);
      launch();
      if (mark.open >= limits.takenMax && !stopping.signal.aborted) {
        await new Promise<void>((resolve) => (madeRoom = resolve));
      }
    },
    get pausedBecause() {
      return because;
    },
    stop: async (graceMs) => {
      assignment.pause();
      stopping.abort();
      cancelProbe?.();
      madeRoom();
      if (running === 0) return;
      await new Promise<void>((resolve) => {
        const cancel = waits.after(graceMs, resolve);
        becameIdle = () => {
          cancel();
          resolve();
        };
      });
    },
    commit: () => offsets.flush(),
  };
};
