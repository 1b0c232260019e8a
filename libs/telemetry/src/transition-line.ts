import type { Log } from './log.js';

/** What a line about one recorded event says; ids only, never content. */
export interface Transition {
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  readonly correlationId: string;
  readonly caseId: string;
  readonly causationId: string;
  /** `type:id`, e.g. `human:ana`. */
  readonly actor: string;
  readonly tool?: string | undefined;
  /** Digest of the proposal whose arguments are meant. */
  readonly argsDigest?: string | undefined;
  readonly outcome?: string | undefined;
}

/** Writes the one line that every recorded event gets: level info, message = event type. */
export const transitionLine = (log: Log, { type, ...fields }: Transition): void =>
  log.info(type, fields);
