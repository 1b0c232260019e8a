import { join } from 'node:path';
import { linesTo, type LinesOptions } from './lines.js';
import type { Log } from './log.js';
import { rotatingFile } from './rotating-file.js';

export interface FileLogOptions extends LinesOptions {
  readonly folder: string;
  /** Names the file, `{name}.jsonl`; the service's name unless said. */
  readonly name?: string;
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
 * shape (see `redact`). Lines are written in batches about every 250 ms, so a killed process may
 * lose the last of them: the log is for reading, the event store is the record.
 * @throws Error when the folder cannot be made
 */
export const fileLog = (options: FileLogOptions): FileLog => {
  const { clock, service, name = service } = options;
  const file = rotatingFile(
    {
      path: join(options.folder, name),
      rotateBytes: options.rotateBytes ?? 32 * 1024 * 1024,
      keepFiles: options.keepFiles ?? 5,
    },
    (count, cause) => {
      const line = { level: 'warn', ts: clock.now(), service, count, cause, msg: 'lines dropped' };
      return `${JSON.stringify(line)}\n`;
    },
  );
  return { ...linesTo(file, options), close: () => file.close() };
};
