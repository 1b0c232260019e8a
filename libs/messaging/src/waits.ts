/** Pauses and their jitter; injected, so that tests decide both. */
export interface Waits {
  /** Calls back after `ms` of real time; returns how to call it off. */
  after(ms: number, run: () => void): () => void;
  /** At least 0, below 1. */
  random(): number;
}

export const machineWaits: Waits = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  // eslint-disable-next-line no-restricted-properties -- the door through which chance comes in
  random: Math.random,
};

/** Between half and one and a half of `ms`, so that those who failed together do not return so. */
export const jittered = (ms: number, { random }: Waits): number =>
  Math.round(ms * (0.5 + random()));

/** A wait was called off because its owner stops. */
export class Stopping extends Error {
  override readonly name = 'Stopping';
}

/** @throws Stopping as soon as the signal is given */
export const pause = (ms: number, waits: Waits, stop: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (stop.aborted) return reject(new Stopping());
    const stopped = () => {
      cancel();
      reject(new Stopping());
    };
    const cancel = waits.after(ms, () => {
      stop.removeEventListener('abort', stopped);
      resolve();
    });
    return stop.addEventListener('abort', stopped, { once: true });
  });
