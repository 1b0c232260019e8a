import type { Claimed } from './facts.js';

/** Epochs from which a call may have left, the present one included. */
export const callsPossible = ({
  earlierCalls,
  postponed,
}: Pick<Claimed, 'earlierCalls' | 'postponed'>): number => earlierCalls + (postponed ? 0 : 1);
