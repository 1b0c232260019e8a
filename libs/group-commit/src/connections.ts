import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { OpenOptions } from './port.js';
import { fileTrouble, unusable } from './file-unusable.js';

/**
 * How long a statement waits for somebody else's lock, such as a person's sqlite3 shell, or another
 * process's commit.
 */
const busyMs = 1_000;
/** A log that grew larger in a burst is cut back to this when it is next begun anew. */
const logBytesMax = 64 * 1_024 * 1_024;
/** Cache of the writer: the hot right edges of a few indexes, and some (KiB). */
const writerCacheKiB = 16 * 1_024;

/**
 * Of a new file. The log takes whole pages, two writes each: twice SQLite's usual size takes a third
 * fewer writes for events of our size, and costs a lonely commit little.
 */
const pageBytes = 8_192;

export interface Connections {
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
  close(): void;
}

/** A connection that writes, as durable as asked. */
export const openWriter = (path: string, synchronous: OpenOptions['synchronous']): DatabaseSync => {
  const writer = new DatabaseSync(path, { timeout: busyMs });
  writer.exec(`
    pragma page_size = ${pageBytes};
    pragma journal_mode = wal;
    pragma synchronous = ${synchronous};
    pragma journal_size_limit = ${logBytesMax};
    pragma cache_size = -${writerCacheKiB};`);
  return writer;
};

/** A connection that reads. @throws FileUnusable */
export const openReader = (path: string): DatabaseSync => {
  try {
    return new DatabaseSync(path, { timeout: busyMs, readOnly: true });
  } catch (error) {
    throw fileTrouble(path, error) ?? error;
  }
};

/**
 * Opens the file, for this process alone unless it is shared. The lock is held on a file beside it,
 * because readers of the same process need the file itself; the system lets go of it when the
 * process dies.
 * @throws FileUnusable
 */
export const openConnections = (options: Omit<OpenOptions, 'modules'>): Connections => {
  const { path, synchronous, shared = false } = options;
  checkFolder(path);
  const opened: DatabaseSync[] = [];
  const close = () => {
    for (const connection of opened.reverse()) if (connection.isOpen) connection.close();
  };
  try {
    if (!shared) {
      const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
      opened.push(lock);
      lock.exec('begin exclusive');
    }
    const writer = openWriter(path, synchronous);
    opened.push(writer);
    const reader = openReader(path);
    opened.push(reader);
    return { writer, reader, close };
  } catch (error) {
    close();
    throw fileTrouble(path, error) ?? error;
  }
};

const checkFolder = (path: string) => {
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw unusable(path, 'missing-folder');
  }
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw unusable(path, 'not-permitted', error);
  }
};
