import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '@countersign/time';
import { StoreUnavailable } from '../port.js';
import { finalError } from './faults.js';

/** How long what is waited for; milliseconds of monotonic time. */
export interface EventStoreDbWaits {
  /** One try of an append or a read. */
  readonly tryMs: number;
  /** All tries together; then the outcome is left unknown. */
  readonly giveUpMs: number;
  /** Between tries: grows from the first to the second. */
  readonly pauseMinMs: number;
  readonly pauseMaxMs: number;
  /** Until a subscription is confirmed. */
  readonly confirmMs: number;
}

export const usualWaits: EventStoreDbWaits = {
  tryMs: 2_000,
  giveUpMs: 10_000,
  pauseMinMs: 50,
  pauseMaxMs: 1_000,
  confirmMs: 5_000,
};

export interface Attempts {
  /**
   * Repeats a try whose outcome is unknown until it is known.
   * @param attempt begins anew each time; stops when its signal says so
   * @throws StoreUnavailable no outcome in time; what `finalError` makes of a refusal
   */
  untilKnown<Answer>(
    stream: string,
    attempt: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer>;
}

/**
 * @param closing aborted when the store is closed
 * @param told of every try: whether the store was heard
 */
export const attempts = (
  waits: EventStoreDbWaits,
  clock: Clock,
  closing: AbortSignal,
  told: { heard(): void; unheard(cause: unknown): void },
): Attempts => ({
  untilKnown: async (stream, attempt) => {
    const begunMs = clock.monotonicMs();
    const leftMs = () => Math.max(0, waits.giveUpMs - (clock.monotonicMs() - begunMs));
    let pauseMs = waits.pauseMinMs;
    for (;;) {
      if (closing.aborted) throw new StoreUnavailable('the event store has been closed');
      try {
        const answer = await withinTime(attempt, Math.min(waits.tryMs, leftMs()), closing);
        told.heard();
        return answer;
      } catch (error) {
        const final = finalError(stream, error);
        if (final) {
          // One that denies access answers, and is of no use.
          if (final instanceof StoreUnavailable) told.unheard(final);
          else told.heard();
          throw final;
        }
        told.unheard(error);
        if (leftMs() <= pauseMs) {
          throw new StoreUnavailable(`${stream}: no answer of the event store`, { cause: error });
        }
        await pause(pauseMs, undefined, { signal: closing }).catch(() => undefined);
        pauseMs = Math.min(2 * pauseMs, waits.pauseMaxMs);
      }
    }
  },
});

/** Races a try against the time it has; the signal tells a try that lost to stop. */
export const withinTime = async <Answer>(
  attempt: (signal: AbortSignal) => Promise<Answer>,
  ms: number,
  closing: AbortSignal,
): Promise<Answer> => {
  const stopping = new AbortController();
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${Math.round(ms)} ms`)), ms);
  const close = () => reject(new StoreUnavailable('the event store has been closed'));
  closing.addEventListener('abort', close, { once: true });
  try {
    const answer = attempt(stopping.signal);
    // A try that lost is heard by nobody else.
    answer.catch(() => undefined);
    return await Promise.race([answer, over]);
  } catch (error) {
    stopping.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', close);
  }
};
