import type { Log } from '@countersign/telemetry';
import { infrastructurePause } from './infrastructure-pause.js';
import { keyLanes, type KeyLane } from './key-lanes.js';
import { offsetCommits } from './offset-commits.js';
import type { Assignment, ReceivedRecord } from './port.js';
import type { TakeRecord } from './take-record.js';
import type { Waits } from './waits.js';
import { watermark } from './watermark.js';

export interface LaneLimits {
  /** Keys handled at once in a partition; each has a read and an append on their way (rule 15). */
  readonly keysInFlightMax: number;
  /** Records taken but not below the watermark: memory now, and redelivery after a crash. */
  readonly takenMax: number;
  /** Bytes of what was taken and is not done: few large records weigh as much as many small ones. */
  readonly takenMaxBytes: number;
}
export const laneLimits: LaneLimits = {
  keysInFlightMax: 64,
  takenMax: 1_024,
  takenMaxBytes: 8 * 1024 * 1024,
};

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

export const partitionLanes = (options: PartitionLanesOptions): PartitionLanes => {
  const { assignment, take, limits, waits } = options;
  const offsets = offsetCommits({ ...options, before: options.beforeCommit });
  const mark = watermark();
  const lanes = keyLanes();
  const stopping = new AbortController();
  let running = 0;
  let becameIdle = () => {};
  let madeRoom = () => {};

  const hasRoom = () => mark.open < limits.takenMax && lanes.bytes < limits.takenMaxBytes;
  const slots = () => {
    if (stopping.signal.aborted) return 0;
    if (pause.because === undefined) return limits.keysInFlightMax;
    return pause.probing ? 1 : 0;
  };
  const launch = () => {
    while (running < slots()) {
      const lane = lanes.next();
      if (!lane) return;
      running += 1;
      void run(lane);
    }
  };
  const run = async (lane: KeyLane) => {
    try {
      await take(lane.queue[0]!, stopping.signal);
      finished(lane);
    } catch (error) {
      lanes.again(lane);
      if (!stopping.signal.aborted) pause.failed(error);
    }
    running -= 1;
    if (running === 0) becameIdle();
    launch();
  };
  const finished = (lane: KeyLane) => {
    const before = mark.reached;
    mark.finish(lanes.done(lane).place);
    if (mark.reached !== before) offsets.reached(mark.reached!);
    if (hasRoom()) madeRoom();
    pause.worked();
  };
  const pause = infrastructurePause(options, launch);

  return {
    deliver: async (records) => {
      if (stopping.signal.aborted) return;
      for (const record of records) lanes.add(record, mark.take(record.offset));
      launch();
      if (hasRoom() || stopping.signal.aborted) return;
      await new Promise<void>((resolve) => (madeRoom = resolve));
    },
    get pausedBecause() {
      return pause.because;
    },
    stop: async (graceMs) => {
      assignment.pause();
      stopping.abort();
      pause.stop();
      madeRoom();
      if (running === 0) return;
      const idle = new Promise<void>((resolve) => (becameIdle = resolve));
      const cancel = waits.after(graceMs, () => becameIdle());
      await idle;
      cancel();
    },
    commit: () => offsets.flush(),
  };
};
