import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '@countersign/telemetry';

/** `starting` until the store answered for the first time. */
export type StoreState = 'starting' | 'up' | 'down';

const probeEveryMs = 500;

/**
 * Whether the store answers. Calls tell; as long as they tell nothing good, it is asked now and then.
 * @param probe one short call; rejects when there is no answer
 */
export const storeState = (probe: () => Promise<unknown>, closing: AbortSignal, log: Log) => {
  let state: StoreState = 'starting';
  let asking = false;
  let missedAtStart = false;
  const heard = () => {
    if (state === 'down' || missedAtStart) log.info('the event store answers');
    missedAtStart = false;
    state = 'up';
  };
  const missed = (error: unknown) => {
    if (state === 'down' || missedAtStart) return;
    missedAtStart = state === 'starting';
    if (state === 'up') state = 'down';
    log.warn('the event store does not answer', { cause: String(error) });
  };
  /** A single call that was not answered says little: what counts is that the next one is not. */
  const ask = async () => {
    if (asking) return;
    asking = true;
    for (let answered = false; !answered && !closing.aborted;) {
      answered = await probe().then(
        () => true,
        (error: unknown) => {
          if (!closing.aborted) missed(error);
          return false;
        },
      );
      if (!answered) {
        await pause(probeEveryMs, undefined, { signal: closing }).catch(() => undefined);
      }
    }
    asking = false;
    if (!closing.aborted) heard();
  };
  return {
    get now(): StoreState {
      return state;
    },
    heard,
    unheard: () => void ask(),
    ask,
  };
};
