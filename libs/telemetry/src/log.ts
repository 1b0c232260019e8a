/** What every line may carry; ids only, never content. */
export interface LogFields {
  readonly correlationId?: string | undefined;
  readonly caseId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly [field: string]: unknown;
}

/** One JSON line an entry; see `fileLog` for where it goes. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
