// What came of a call, as it is recorded: the only way a model or a target enters a decision.

/** A function that the model asks for, as it wrote it. */
export interface AskedCall {
  readonly name: string;
  /** Text that should be JSON. */
  readonly arguments: string;
}

export interface Usage {
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** The first choice of a chat completion. */
export interface ModelAnswer {
  readonly kind: 'model-answer';
  /** `finish_reason` as sent; only a finished answer is read. */
  readonly finish: string;
  readonly text: string;
  readonly calls: readonly AskedCall[];
  /** Absent when the endpoint does not count; the charge made before the call then stands. */
  readonly usage?: Usage | undefined;
}

export interface ToolAnswer {
  readonly kind: 'tool-answer';
  readonly status: number;
  readonly etag?: string | undefined;
  readonly body: string;
}

/** Failures after which the same call may be made again. */
export const passingFailures = [
  'rate-limited',
  'server-error',
  'unreachable',
  'timed-out',
] as const;
/** Failures that a repeat would not mend. */
export const lastingFailures = ['unreadable', 'too-large', 'rejected'] as const;
export type FailureKind = (typeof passingFailures)[number] | (typeof lastingFailures)[number];

/** No answer that could be read. */
export interface CallFailed {
  readonly kind: 'call-failed';
  readonly failure: FailureKind;
  /** Status or error code; never content. */
  readonly cause: string;
  /** What the other side asked for by `Retry-After`. */
  readonly retryAfterMs?: number | undefined;
}

export type Outcome = ModelAnswer | ToolAnswer | CallFailed;

/** The outcome of call `call`, recorded by the append that comes after it. */
export interface Answered {
  readonly call: number;
  readonly tookMs: number;
  readonly outcome: Outcome;
}

export const isPassing = ({ failure }: CallFailed): boolean =>
  (passingFailures as readonly string[]).includes(failure);
