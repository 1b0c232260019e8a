import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import {
  FileUnusable,
  joinFile,
  openFile,
  type GroupCommitFile,
  type SharedFile,
} from '@countersign/group-commit';
import { keyMemory } from './key-memory.js';
import { destructionsIn, subjectKeyWrites } from './subject-key-writes.js';
import { keysLost, mustBelongTo, noKeysYet } from './subject-keys-belong.js';
import {
  SubjectKeysUnavailable,
  SubjectKeyUnknown,
  type SubjectKey,
  type SubjectKeys,
} from './subject-keys.js';

/** Subject keys in a file of their own. */
export interface SubjectKeyFile extends SubjectKeys {
  /** Lets one more thread of this process have them, by `joinSubjectKeys`. */
  share(): SharedFile;
  close(): Promise<void>;
}

/**
 * Keeps subject keys in an SQLite file (mode 0600) apart from the store, so that its backups can be
 * kept for a shorter time. One process at a time. New keys of one turn of the event loop share a
 * commit.
 * @param storeId identity of the event store that these keys belong to
 * @param thread whether keys are written in a thread of their own, see `OpenOptions`
 * @param storeIsEmpty whether the store holds no event yet; only then may keys begin
 * @throws SubjectKeysMismatch the keys of another store, or none for a store with events
 * @throws FileUnusable folder missing, no permission, not a database, used by another process
 */
export const sqliteSubjectKeys = async (
  path: string,
  storeId: string,
  { storeIsEmpty, thread = false }: { readonly storeIsEmpty: boolean; readonly thread?: boolean },
): Promise<SubjectKeyFile> => {
  if (!storeIsEmpty && !existsSync(path)) throw keysLost(path);
  makePrivate(path);
  const file = openFile({ path, modules: [subjectKeyWrites], synchronous: 'FULL', thread });
  try {
    await mustBelongTo(file, path, storeId, storeIsEmpty);
  } catch (error) {
    await file.close();
    throw error;
  }
  return keysIn(file, path);
};

/** The keys that another thread of this process has open. @throws FileUnusable */
export const joinSubjectKeys = (shared: SharedFile): SubjectKeyFile =>
  keysIn(joinFile(shared), shared.path);

/**
 * The same keys for several processes of one machine (its file system must be a local one): whoever
 * is first makes a subject's key, all others get that one. They were begun before, by
 * `sqliteSubjectKeys`: a process that finds none makes none.
 * @param thread whether keys are written in a thread of their own, see `OpenOptions`
 * @throws SubjectKeysMismatch there are no keys
 * @throws FileUnusable folder missing, no permission, not a database
 */
export const sharedSubjectKeys = async (
  path: string,
  { thread = false }: { readonly thread?: boolean } = {},
): Promise<SubjectKeyFile> => {
  if (!existsSync(path)) throw noKeysYet(path);
  const modules = [subjectKeyWrites];
  const file = openFile({ path, modules, synchronous: 'FULL', thread, shared: true });
  if (!file.reader.prepare('select store_id from kept_for').get()) {
    await file.close();
    throw noKeysYet(path);
  }
  return keysIn(file, path, destructionsIn(file.reader));
};

/** @param destructions how many there were so far, where other processes may destroy keys too */
const keysIn = (
  file: GroupCommitFile,
  path: string,
  destructions: () => number = () => 0,
): SubjectKeyFile => {
  const remembered = keyMemory(destructions);
  const making = new Map<string, Promise<SubjectKey>>();
  const selectBySubject = file.reader.prepare('select id, key from subject_keys where subject = ?');
  const selectById = file.reader.prepare('select subject, key from subject_keys where id = ?');
  file.hearOthers(({ args, answer }) => {
    remembered.forget((args as { subject: string }).subject, answer as string | undefined);
  });

  const readOrMake = async (subject: string): Promise<SubjectKey> => {
    const kept = reporting(() => selectBySubject.get(subject) as unknown as Kept | undefined);
    if (kept) return remembered.add(subject, kept);
    const candidate = { subject, id: randomUUID(), key: new Uint8Array(randomBytes(32)) };
    const submit = () => file.submit<Kept>('subject-keys.add', candidate);
    return remembered.add(subject, await reportingLater(submit));
  };
  return {
    keyFor: async (subject) => {
      reporting(remembered.forgetDestroyed);
      const known = remembered.bySubject.get(subject) ?? making.get(subject);
      if (known) return known;
      const promise = readOrMake(subject).finally(() => making.delete(subject));
      making.set(subject, promise);
      return promise;
    },
    find: async (id) => {
      reporting(remembered.forgetDestroyed);
      const known = remembered.byId.get(id);
      if (known) return known;
      const row = reporting(() => selectById.get(id) as unknown as Row | undefined);
      if (!row) throw new SubjectKeyUnknown(id);
      // Whoever opens a person's box will soon seal one, under the same key.
      return row.key === null ? undefined : remembered.add(row.subject, { id, key: row.key }).key;
    },
    destroy: async (subject) => {
      await making.get(subject);
      const submit = () => file.submit<string | undefined>('subject-keys.destroy', { subject });
      const id = await reportingLater(submit);
      remembered.forget(subject, id);
      if (id !== undefined) reporting(() => emptyWriteAheadLog(path));
    },
    share: file.share,
    close: () => file.close(),
  };
};

interface Kept {
  readonly id: string;
  readonly key: Uint8Array;
}

/** Where a key was destroyed, neither it nor the name of its subject is left. */
type Row =
  | { readonly subject: string; readonly key: Uint8Array }
  | { readonly subject: null; readonly key: null };

/** The log may still hold the destroyed bytes: move it into the file and cut it to nothing. */
const emptyWriteAheadLog = (path: string): void => {
  const db = new DatabaseSync(path, { timeout: 1_000 });
  try {
    db.exec('pragma wal_checkpoint(truncate)');
  } finally {
    db.close();
  }
};

const makePrivate = (path: string): void => {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    // Opening it says in plain words what is wrong.
  }
};

/** What node:sqlite says of a file that fails, and of one that was closed. */
const fileCodes = new Set<unknown>(['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE']);

const reporting = <Answer>(ask: () => Answer): Answer => {
  try {
    return ask();
  } catch (error) {
    throw reported(error);
  }
};

const reportingLater = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await ask();
  } catch (error) {
    throw reported(error);
  }
};

const reported = (error: unknown): unknown =>
  error instanceof FileUnusable || fileCodes.has((error as { code?: unknown }).code)
    ? new SubjectKeysUnavailable(`subject keys: ${(error as Error).message}`, { cause: error })
    : error;
