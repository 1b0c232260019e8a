import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '@countersign/telemetry';
import type { Batch, SubscribeOptions } from '../port.js';

const pauseMinMs = 100;
const pauseMaxMs = 2_000;

/**
 * Repeats `work` after growing pauses until it succeeds; false when `closing` came first.
 * @param failed told before each pause
 */
export const untilDone = async (
  work: () => void | Promise<void>,
  closing: AbortSignal,
  failed: (error: unknown) => void,
): Promise<boolean> => {
  for (let pauseMs = pauseMinMs; !closing.aborted; pauseMs = Math.min(2 * pauseMs, pauseMaxMs)) {
    try {
      await work();
      return true;
    } catch (error) {
      failed(error);
      await pause(pauseMs, undefined, { signal: closing }).catch(() => undefined);
    }
  }
  return false;
};

/** Hands one batch to a subscriber, again and again until it takes it. */
export const delivery =
  (options: SubscribeOptions, closing: AbortSignal, log: Log) =>
  (batch: Batch): Promise<boolean> =>
    untilDone(
      () => options.deliver(batch),
      closing,
      (error) =>
        log.warn('batch refused by its subscriber; it will come again', {
          prefixes: options.prefixes.join(' '),
          reached: batch.reached,
          cause: String(error),
        }),
    );
