import type { Clock } from '@countersign/time';
import { pino, type DestinationStream } from 'pino';
import type { Log, LogFields } from './log.js';
import { redact, withoutSecrets } from './redaction.js';

export interface LinesOptions {
  /** Stands in every line. */
  readonly service: string;
  readonly clock: Pick<Clock, 'now'>;
  /** The least that is written; `info` unless said. */
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
}

/**
 * One JSON line an entry: `level, ts, service, …fields, msg`. Secrets are replaced by name and by
 * shape (see `redact`).
 */
export const linesTo = (
  destination: DestinationStream,
  { clock, service, level = 'info' }: LinesOptions,
): Log => {
  const lines = pino(
    {
      level,
      base: null,
      timestamp: () => `,"ts":"${clock.now()}","service":${JSON.stringify(service)}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const writer =
    (at: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}): void => {
      if (lines.isLevelEnabled(at)) lines[at](redact(fields), withoutSecrets(message));
    };
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
  };
};
