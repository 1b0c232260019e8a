import { invalidRequest, Problem } from './problem.js';

/** Whatever a list is read from; `waitFor` is false when it takes longer than 5 seconds. */
interface ReadAsFar {
  /** @throws RangeError what was given is not a position */
  waitFor(position: string): Promise<boolean>;
}

/**
 * Waits until a list has read as far as its caller asked by `min-position` (decision 21).
 * @throws Problem 400 it is no position; 503 the list has not read so far within 5 seconds
 */
export const mustHaveReached = async (list: ReadAsFar, position: string): Promise<void> => {
  let reached: boolean;
  try {
    reached = await list.waitFor(position);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidRequest([{ parameter: 'min-position', message: 'is no position of this store' }]);
  }
  if (reached) return;
  throw new Problem(503, 'not-there-yet', 'The list has not read that far yet', {
    headers: { 'retry-after': '1' },
  });
};
