import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf, KafkaCannotStart, otherwise } from './errors.js';
import { commandOf, gone } from './processes.js';

/** Where a broker keeps everything; used by one process at a time. */
export interface BrokerFolder {
  readonly data: string;
  readonly properties: string;
  readonly logging: string;
  /** What the broker prints: warnings, errors, and that it has started. */
  readonly output: string;
  /** Which process serves the folder, so that a later start can end one that was left behind. */
  remember(pid: number): void;
  forget(): void;
  release(): void;
}

/** SQLite's code for a lock that somebody holds. */
const busy = 5;
const leftBehindEndsMs = 10_000;

/**
 * Takes the folder for this process; the system lets go of it when the process ends, however it
 * ends. A broker that an earlier process left behind is ended.
 * @throws KafkaCannotStart in use, or not writable
 */
export const takeFolder = async (folder: string): Promise<BrokerFolder> => {
  const lock = lockOn(folder);
  const pidFile = join(folder, 'broker.pid');
  const properties = join(folder, 'server.properties');
  const forget = () => rmSync(pidFile, { force: true });
  try {
    await endLeftBehind(pidFile, properties);
    forget();
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    data: join(folder, 'data'),
    properties,
    logging: join(folder, 'log4j2.properties'),
    output: join(folder, 'broker.log'),
    remember: (pid) => writeFileSync(pidFile, String(pid)),
    forget,
    release: () => {
      forget();
      if (lock.isOpen) lock.close();
    },
  };
};

const lockOn = (folder: string): DatabaseSync => {
  const holder = join(folder, 'lock.pid');
  try {
    mkdirSync(folder, { recursive: true });
    const lock = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 });
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
    writeFileSync(holder, String(process.pid));
    return lock;
  } catch (error) {
    const inUse = (error as { readonly errcode?: number }).errcode === busy;
    const pid = existsSync(holder) ? readFileSync(holder, 'utf8') : 'unknown';
    throw inUse
      ? new KafkaCannotStart(
          'folder-in-use',
          `Kafka's folder ${folder} is in use by another process (${pid}): stop that one, ${otherwise}`,
        )
      : new KafkaCannotStart(
          'folder-unusable',
          `Kafka's folder ${folder} cannot be used (${codeOf(error)}): make it writable, ${otherwise}`,
          { cause: error },
        );
  }
};

/** The number may belong to another program by now: only a broker of this very folder is ended. */
const endLeftBehind = async (pidFile: string, properties: string) => {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  if (!(pid > 0) || !commandOf(pid).includes(properties)) return;
  process.kill(pid, 'SIGKILL');
  if (await gone(pid, leftBehindEndsMs)) return;
  throw new KafkaCannotStart(
    'folder-in-use',
    `a Kafka broker that was left behind (process ${pid}) does not end: end it, ${otherwise}`,
  );
};
