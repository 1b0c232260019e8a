import type { Log } from '@countersign/telemetry';
import type { Assignment } from './port.js';
import type { Waits } from './waits.js';

export interface OffsetCommitOptions {
  readonly assignment: Assignment;
  /** Called before each commit; a failure counts as a failed commit. */
  readonly before: () => void | Promise<void>;
  readonly waits: Waits;
  readonly log: Log;
}

/** Commits a growing offset now and then: what is redelivered after a crash is harmless but slow. */
export interface OffsetCommits {
  reached(offset: number): void;
  /** Commits what was reached last, now; gives up quietly when the bus is gone. */
  flush(): Promise<void>;
}

/** A tenth of a second of redelivery is nothing, and ten commits a second cost nothing. */
const everyMs = 100;
/** Under load sooner: a restart then repeats about half a second of work at most. */
const everyRecords = 500;
const retryMs = 1_000;

export const offsetCommits = (options: OffsetCommitOptions): OffsetCommits => {
  const { assignment, before, waits, log } = options;
  let wanted = -1;
  let committed = -1;
  let waiting = 0;
  let cancel: (() => void) | undefined;
  let flying: Promise<void> | undefined;

  const commit = async () => {
    const offset = wanted;
    waiting = 0;
    cancel?.();
    cancel = undefined;
    await before();
    await assignment.commit(offset);
    committed = offset;
  };
  const open = () => wanted > committed && !assignment.revoked;
  const start = (): Promise<void> => {
    let againMs = everyMs;
    flying ??= commit()
      .catch((error: unknown) => {
        againMs = retryMs;
        if (assignment.revoked) return;
        log.warn('offset not committed', { topic: assignment.topic, cause: String(error) });
      })
      .finally(() => {
        flying = undefined;
        if (open()) cancel ??= waits.after(againMs, () => void start());
      });
    return flying;
  };
  return {
    reached: (offset) => {
      wanted = offset;
      waiting += 1;
      if (flying) return;
      if (waiting >= everyRecords) void start();
      else cancel ??= waits.after(everyMs, () => void start());
    },
    flush: async () => {
      await flying;
      if (open()) await start();
      cancel?.();
      cancel = undefined;
    },
  };
};
