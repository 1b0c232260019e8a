import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CannotStart } from './cannot-start.js';
import { writeWhole } from './write-whole.js';

/** Where everything lies that a deployment on one machine must keep. */
export interface DataPlaces {
  readonly path: string;
  /** Events, messages and group offsets: one SQLite file. */
  readonly storeFile: string;
  /**
   * Keys of data subjects, apart from the store, so that they can be backed up differently, and apart
   * from the signing keys, which may be made anew while these may not.
   */
  readonly subjectKeysFile: string;
  /** Disposable: rebuilt from the store. */
  readonly viewsFolder: string;
  readonly logsFolder: string;
  readonly demoFolder: string;
}

/** The folder itself, held by this process. */
export interface DataFolder extends DataPlaces {
  /** Names the store, so that keys of another one are recognised. */
  readonly storeId: string;
  /** Lets the next process in. */
  release(): void;
}

export const placesIn = (path: string): DataPlaces => ({
  path,
  storeFile: join(path, 'store.sqlite'),
  subjectKeysFile: join(path, 'subject-keys.sqlite'),
  viewsFolder: join(path, 'views'),
  logsFolder: join(path, 'logs'),
  demoFolder: join(path, 'demo'),
});

/**
 * Opens the data folder, makes it when it is missing, and keeps other processes out until released
 * or killed.
 * @throws CannotStart not writable, or in use
 */
export const openDataFolder = (path: string): DataFolder => {
  makeFolders(path);
  const release = lock(path);
  const idFile = join(path, 'store-id');
  if (!existsSync(idFile)) writeWhole(idFile, randomUUID());
  return { ...placesIn(path), storeId: readFileSync(idFile, 'utf8').trim(), release };
};

const makeFolders = (path: string): void => {
  try {
    for (const folder of ['', 'views', 'logs', 'demo']) {
      mkdirSync(join(path, folder), { recursive: true, mode: 0o700 });
      accessSync(join(path, folder), constants.R_OK | constants.W_OK);
    }
  } catch (error) {
    throw unusable(path, error);
  }
};

const unusable = (path: string, error: unknown): CannotStart => {
  const { errstr, code } = error as { readonly errstr?: string; readonly code?: string };
  return new CannotStart(
    `data folder ${path} cannot be used (${errstr ?? code}): make it writable or set COUNTERSIGN_DATA to another folder`,
  );
};

/** SQLite's code for a lock that another process holds. */
const busy = 5;

/** A lock that the system lets go of when the process ends, however it ends. */
const lock = (path: string): (() => void) => {
  const holder = join(path, 'lock.pid');
  try {
    const db = new DatabaseSync(join(path, 'lock.sqlite'), { timeout: 0 });
    db.exec('pragma locking_mode = exclusive; begin exclusive');
    writeFileSync(holder, String(process.pid));
    return () => db.close();
  } catch (error) {
    if ((error as { readonly errcode?: number }).errcode !== busy) throw unusable(path, error);
    const pid = existsSync(holder) ? readFileSync(holder, 'utf8') : 'unknown';
    throw new CannotStart(
      `data folder ${path} is in use by another Countersign (process ${pid}): stop that one or set COUNTERSIGN_DATA to another folder`,
    );
  }
};
