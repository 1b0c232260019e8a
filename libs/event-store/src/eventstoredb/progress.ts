import type { Position } from '../port.js';
import { withinTime } from './attempts.js';
import type { HeadWatch } from './head-watch.js';
import { comparePositions } from './positions.js';
import type { SubscriptionCall } from './subscription-call.js';

/** When a subscriber to whom nothing comes should hear how far it is. */
export interface Progress {
  readonly due: boolean;
  /** It has just been told, or could not be: then once more after a while. */
  told(reached: Position | undefined): void;
  stop(): void;
}

/** @param wake called when it becomes due */
export const progressOf = (
  watch: HeadWatch,
  everyMs: number | undefined,
  after: Position | undefined,
  wake: () => void,
): Progress => {
  let reached = after;
  let due = false;
  let timer: NodeJS.Timeout | undefined;
  const isBehind = () =>
    watch.head !== undefined &&
    (reached === undefined || comparePositions(watch.head, reached) > 0);
  const moved = () => {
    if (everyMs === undefined || due || timer || !isBehind()) return;
    timer = setTimeout(() => {
      timer = undefined;
      due = true;
      wake();
    }, everyMs).unref();
  };
  const unwatch = everyMs === undefined ? () => {} : watch.watch(everyMs, moved);
  return {
    get due() {
      return due;
    },
    told: (position) => {
      reached = position ?? reached;
      due = false;
      clearTimeout(timer);
      timer = undefined;
      moved();
    },
    stop: () => {
      unwatch();
      clearTimeout(timer);
    },
  };
};

/**
 * How far the store has come without anything that matches; undefined when something does, or when it
 * cannot be said now. Asked by a subscription of a moment: what stands before the end that was read
 * first has been looked at once the store says that it has caught up.
 */
export const passedInVain = async (
  reached: Position | undefined,
  head: (signal: AbortSignal) => Promise<Position | undefined>,
  follow: (stirred: () => void) => SubscriptionCall,
  tryMs: number,
  closing: AbortSignal,
): Promise<Position | undefined> =>
  withinTime(
    async (signal) => {
      const end = await head(signal);
      if (end === undefined) return undefined;
      if (reached !== undefined && comparePositions(end, reached) <= 0) return undefined;
      let wake = () => {};
      const call = follow(() => wake());
      signal.addEventListener('abort', () => wake(), { once: true });
      try {
        for (;;) {
          const { events, state } = call.take(1, reached);
          if (events.length > 0 || call.broken || signal.aborted) return undefined;
          if (state === 'live') return end;
          if (!call.waiting) await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        call.end();
      }
    },
    tryMs,
    closing,
  ).catch(() => undefined);
