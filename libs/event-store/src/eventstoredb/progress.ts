import type { Position } from '../port.js';
import { withinTime } from './attempts.js';
import { comparePositions } from './positions.js';
import type { SubscriptionCall } from './subscription-call.js';

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
