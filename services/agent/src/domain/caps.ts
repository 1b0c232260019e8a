/** Upper limits of one run (I16). A model that always wants more ends at a person. */
export interface Caps {
  /** Answers of the model; a failed attempt is not counted as one. */
  readonly modelCallsMax: number;
  /** Reads that the model asks for. */
  readonly toolCallsMax: number;
  /** More functions asked for in one answer are not looked at. */
  readonly callsPerAnswerMax: number;
  /** How often one call is made before it is given up. */
  readonly attemptsMax: number;
  /** How often a run is taken up, the first time included. */
  readonly epochsMax: number;
  /** Charged before each call, settled by its answer; lost calls stay charged. */
  readonly tokensMax: number;
  /** Longest answer asked of the model. */
  readonly answerTokensMax: number;
  /** Longest answer taken from the model, in bytes. */
  readonly answerMaxBytes: number;
  /** How long one worker may go on, in milliseconds; the request's deadline bounds the whole. */
  readonly wallMs: number;
}

/** What no profile may exceed. An answer must fit into one event when it is sealed. */
export const capsMax: Caps = {
  modelCallsMax: 16,
  toolCallsMax: 32,
  callsPerAnswerMax: 8,
  attemptsMax: 4,
  epochsMax: 5,
  tokensMax: 200_000,
  answerTokensMax: 4_000,
  answerMaxBytes: 96 * 1024,
  wallMs: 3_600_000,
};

/** A token is rarely more than eight bytes on the wire: an answer within the one fits the other. */
const bytesPerToken = 8;

/** What a profile asks for, and no more than `capsMax`. */
export const capsOf = (asked: AskedCaps): Caps => ({
  ...capsMax,
  modelCallsMax: Math.min(asked.modelCalls, capsMax.modelCallsMax),
  toolCallsMax: Math.min(asked.toolCalls, capsMax.toolCallsMax),
  tokensMax: Math.min(asked.tokens, capsMax.tokensMax),
  answerMaxBytes: Math.min(asked.answerBytes, capsMax.answerMaxBytes),
  answerTokensMax: Math.min(Math.floor(asked.answerBytes / bytesPerToken), capsMax.answerTokensMax),
  wallMs: Math.min(asked.wallMs, capsMax.wallMs),
});
/** As a profile's document says it. */
export interface AskedCaps {
  readonly modelCalls: number;
  readonly toolCalls: number;
  readonly answerBytes: number;
  readonly tokens: number;
  readonly wallMs: number;
}

/** How long a worker holds a run, and what one call may take of it; all in milliseconds. */
export interface LeaseTimes {
  readonly leaseMs: number;
  /** Longest call; with the longest pause before it shorter than the lease. */
  readonly callMaxMs: number;
  readonly pauseMaxMs: number;
}

/** A call gets half of the lease and a pause before it two fifths; a tenth is left to record. */
export const timesWithin = (leaseMs: number): LeaseTimes => ({
  leaseMs,
  callMaxMs: Math.floor(leaseMs * 0.5),
  pauseMaxMs: Math.floor(leaseMs * 0.4),
});

/** Pause before the second attempt; doubled for each further one. */
const pauseFirstMs = 250;

/**
 * How long to wait after failure number `failures` (from 1), spread by `jitter` (0 to 1) so that
 * many runs do not come back at once. Undefined when the other side asks for more than there is.
 */
export const pauseAfter = (
  failures: number,
  retryAfterMs: number | undefined,
  jitter: number,
  { pauseMaxMs }: LeaseTimes,
): number | undefined => {
  if (retryAfterMs !== undefined && retryAfterMs > pauseMaxMs) return undefined;
  const grown = pauseFirstMs * 2 ** (failures - 1) * (0.5 + jitter);
  return Math.round(Math.min(Math.max(grown, retryAfterMs ?? 0), pauseMaxMs));
};
