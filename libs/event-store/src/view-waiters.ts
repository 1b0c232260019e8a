import type { EventStore, Position } from './port.js';

const waitMaxMs = 5_000;
/** While somebody waits, and nothing comes. */
const askAgainMs = 50;

/**
 * How far a view is, and those who wait for it to be further.
 * @param ask called when somebody begins to wait, and now and then as long as anybody does
 */
export const positionWaiters = (compare: EventStore['comparePositions'], ask: () => void) => {
  const waiting = new Set<{ position: Position; done: (reached: boolean) => void }>();
  let now: Position | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const askWhileWaiting = () => {
    clearTimeout(timer);
    if (waiting.size === 0) return;
    ask();
    timer = setTimeout(askWhileWaiting, askAgainMs);
  };
  const isReached = (position: Position) => now !== undefined && compare(now, position) >= 0;
  return {
    position: () => now,
    moved: (position: Position | undefined) => {
      now = position;
      for (const { position: wanted, done } of waiting) if (isReached(wanted)) done(true);
    },
    waitFor: async (position: Position, timeoutMs = waitMaxMs): Promise<boolean> => {
      compare(position, position);
      if (isReached(position)) return true;
      if (closed) return false;
      return new Promise((resolve) => {
        const waiter = {
          position,
          done: (reached: boolean) => {
            clearTimeout(patience);
            waiting.delete(waiter);
            resolve(reached);
          },
        };
        const patience = setTimeout(() => waiter.done(false), Math.min(timeoutMs, waitMaxMs));
        waiting.add(waiter);
        askWhileWaiting();
      });
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      for (const { done } of waiting) done(false);
    },
  };
};
