import type { EventStore, Position } from './port.js';

const waitMaxMs = 5_000;

/** How far a view is, and those who wait for it to be further. */
export const positionWaiters = (compare: EventStore['comparePositions']) => {
  const waiting = new Set<{ position: Position; done: (reached: boolean) => void }>();
  let now: Position | undefined;
  let closed = false;
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
            clearTimeout(timer);
            waiting.delete(waiter);
            resolve(reached);
          },
        };
        const timer = setTimeout(() => waiter.done(false), Math.min(timeoutMs, waitMaxMs));
        waiting.add(waiter);
      });
    },
    close: () => {
      closed = true;
      for (const { done } of waiting) done(false);
    },
  };
};
