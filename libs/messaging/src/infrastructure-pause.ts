import type { Log } from '@countersign/telemetry';
import { causeOf } from './failures.js';
import type { Assignment } from './port.js';
import { jittered, type Waits } from './waits.js';

/** While infrastructure is away: nothing is delivered, and one record at a time finds out. */
export interface InfrastructurePause {
  /** Undefined while everything is as it should be. */
  readonly because: string | undefined;
  /** A pause is over and one record may be tried. */
  readonly probing: boolean;
  /** It failed. Begins a pause, or a longer one. */
  failed(error: unknown): void;
  /** A record was taken: ends the pause when a probe was out. */
  worked(): void;
  /** No more probes. */
  stop(): void;
}

export interface PauseOptions {
  readonly assignment: Assignment;
  readonly waits: Waits;
  readonly log: Log;
}

/** The first probe comes soon; later ones often enough that recovery is noticed in seconds. */
const pauseMinMs = 100;
const pauseMaxMs = 2_000;

/** @param probe called when a pause is over */
export const infrastructurePause = (
  { assignment, waits, log }: PauseOptions,
  probe: () => void,
): InfrastructurePause => {
  const { topic } = assignment;
  let because: string | undefined;
  let probing = false;
  let pauseMs = pauseMinMs;
  let cancel: (() => void) | undefined;
  return {
    get because() {
      return because;
    },
    get probing() {
      return probing;
    },
    failed: (error) => {
      const cause = causeOf(error).text;
      if (because === undefined) {
        assignment.pause();
        log.warn('partition paused', { topic, cause });
      }
      because = cause;
      probing = false;
      // Handlers that ran when it went away fail one after the other; they share one pause.
      if (cancel) return;
      cancel = waits.after(jittered(pauseMs, waits), () => {
        cancel = undefined;
        probing = true;
        probe();
      });
      pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
    },
    worked: () => {
      if (!probing) return;
      probing = false;
      because = undefined;
      pauseMs = pauseMinMs;
      log.info('partition resumed', { topic });
      assignment.resume();
    },
    stop: () => cancel?.(),
  };
};
