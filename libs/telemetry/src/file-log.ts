import { join } from 'node:path';
import type { Clock } from '@countersign/time';
import { pino } from 'pino';
import type { Log, LogFields } from './log.js';
import { redact, withoutSecrets } from './redaction.js';
import { rotatingFile } from './rotating-file.js';

export interface FileLogOptions {
  readonly folder: string;
  /** Names the file, `{service}.jsonl`, and stands in every line. */
  readonly service: string;
  readonly clock: Pick<Clock, 'now'>;
  /** The least that is written; `info` unless said. */
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
  /** A file is set aside as `{service}.1.jsonl` before it grows over this; 32 MiB unless said. */
  readonly rotateBytes?: number;
  /** So many files set aside are kept; 5 unless said. */
  readonly keepFiles?: number;
}

/** A log that must be closed so that its last lines are on disk. */
export interface FileLog extends Log {
  close(): Promise<void>;
}

/**
 * One JSON line an entry: `level, ts, service, …fields, msg`. Secrets are replaced by name and by
 * shape (see `redact`). Lines are written in batches about every 100 ms, so a killed process may
 * lose the last of them: the log is for reading, the event store is the record.
 * @throws Error when the folder cannot be made
 */
export const fileLog = (options: FileLogOptions): FileLog => {
  const { clock, service, level = 'info' } = options;
  const file = rotatingFile(
    {
      path: join(options.folder, service),
      rotateBytes: options.rotateBytes ?? 32 * 1024 * 1024,
      keepFiles: options.keepFiles ?? 5,
    },
    (count, cause) => {
      const line = { level: 'warn', ts: clock.now(), service, count, cause, msg: 'lines dropped' };
      return `${JSON.stringify(line)}\n`;
    },
  );
  const lines = pino(
    {
      level,
      base: null,
      timestamp: () => `,"ts":"${clock.now()}","service":${JSON.stringify(service)}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    file,
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
    close: () => file.close(),
  };
};
