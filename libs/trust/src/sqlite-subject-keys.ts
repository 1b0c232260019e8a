import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { FileUnusable, openFile, type GroupCommitFile } from '@countersign/group-commit';
import { boundedMemory } from './bounded-memory.js';
import { subjectKeyWrites } from './subject-key-writes.js';
import {
  SubjectKeysUnavailable,
  SubjectKeyUnknown,
  type SubjectKey,
  type SubjectKeys,
} from './subject-keys.js';

/** These are not the keys of this store, or they are lost: what was sealed could not be opened. */
export class SubjectKeysMismatch extends Error {
  override readonly name = 'SubjectKeysMismatch';
}

/** Keys in memory: of the cases on their way; a miss costs one indexed read. */
const rememberedMax = 5_000;

/** Subject keys in a file of their own. */
export interface SubjectKeyFile extends SubjectKeys {
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

const keysIn = (file: GroupCommitFile, path: string): SubjectKeyFile => {
  const bySubject = boundedMemory<SubjectKey>(rememberedMax);
  const byId = boundedMemory<KeyObject>(rememberedMax);
  const making = new Map<string, Promise<SubjectKey>>();
  const selectBySubject = file.reader.prepare('select id, key from subject_keys where subject = ?');
  const selectById = file.reader.prepare('select key from subject_keys where id = ?');

  const remember = (subject: string, { id, key }: { id: string; key: Uint8Array }): SubjectKey => {
    const made = { id, key: createSecretKey(key) };
    bySubject.set(subject, made);
    byId.set(id, made.key);
    return made;
  };
  const readOrMake = async (subject: string): Promise<SubjectKey> => {
    const kept = await reporting(() => selectBySubject.get(subject) as unknown as Row | undefined);
    if (kept?.key) return remember(subject, { id: kept.id, key: kept.key });
    const candidate = { subject, id: randomUUID(), key: new Uint8Array(randomBytes(32)) };
    const submit = () =>
      file.submit<{ id: string; key: Uint8Array }>('subject-keys.add', candidate);
    return remember(subject, await reporting(submit));
  };
  return {
    keyFor: async (subject) => {
      const known = bySubject.get(subject) ?? making.get(subject);
      if (known) return known;
      const promise = readOrMake(subject).finally(() => making.delete(subject));
      making.set(subject, promise);
      return promise;
    },
    find: async (keyId) => {
      const known = byId.get(keyId);
      if (known) return known;
      const row = await reporting(
        () => selectById.get(keyId) as { key: Uint8Array | null } | undefined,
      );
      if (!row) throw new SubjectKeyUnknown(keyId);
      if (!row.key) return undefined;
      const key = createSecretKey(row.key);
      byId.set(keyId, key);
      return key;
    },
    destroy: async (subject) => {
      await making.get(subject);
      const submit = () => file.submit<string | undefined>('subject-keys.destroy', { subject });
      const id = await reporting(submit);
      bySubject.delete(subject);
      if (id === undefined) return;
      byId.delete(id);
      await reporting(() => emptyWriteAheadLog(path));
    },
    close: () => file.close(),
  };
};

interface Row {
  readonly id: string;
  readonly key: Uint8Array | null;
}

/** The log may still hold the destroyed bytes: move it into the file and cut it to nothing. */
const emptyWriteAheadLog = (path: string): void => {
  const db = new DatabaseSync(path, { timeout: 1_000 });
  try {
    db.exec('pragma wal_checkpoint(truncate)');
  } finally {
    db.close();
  }
};

const mustBelongTo = async (
  file: GroupCommitFile,
  path: string,
  storeId: string,
  storeIsEmpty: boolean,
): Promise<void> => {
  const row = file.reader.prepare('select store_id from kept_for').get();
  if (row?.['store_id'] === storeId) return;
  if (row) {
    throw new SubjectKeysMismatch(
      `${path} holds the keys of another store (${String(row['store_id'])}, not ${storeId}). ` +
        'Put the keys that belong to this store beside it.',
    );
  }
  if (!storeIsEmpty) throw keysLost(path);
  await file.submit('subject-keys.belong-to', { storeId });
};

const keysLost = (path: string) =>
  new SubjectKeysMismatch(
    `the store holds events, but ${path} holds no keys: what is sealed could not be opened. ` +
      'Restore that file from its backup.',
  );

const makePrivate = (path: string): void => {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    // Opening it says in plain words what is wrong.
  }
};

/** What node:sqlite says of a file that fails, and of one that was closed. */
const fileCodes = new Set<unknown>(['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE']);

const reporting = async <Answer>(ask: () => Answer | Promise<Answer>): Promise<Answer> => {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof FileUnusable) && !fileCodes.has((error as { code?: unknown }).code)) {
      throw error;
    }
    throw new SubjectKeysUnavailable(`subject keys: ${(error as Error).message}`, { cause: error });
  }
};
