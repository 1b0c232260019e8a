import type { DatabaseSync } from 'node:sqlite';
import type { WriterModule } from '@countersign/group-commit';

/**
 * A destroyed key leaves its id, so that an erased box can be told from one of foreign keys. The
 * file's `user_version` counts destructions, so that other processes forget what they remember.
 */
const schema = `
  pragma secure_delete = on;
  create table if not exists kept_for (
    only_row integer primary key check (only_row = 1),
    store_id text not null
  );
  create table if not exists subject_keys (
    id text primary key,
    subject text unique,
    key blob,
    check ((subject is null) = (key is null))
  ) without rowid;`;

interface NewKey {
  readonly subject: string;
  readonly id: string;
  readonly key: Uint8Array;
}

/** How many keys were destroyed in this file so far, by whichever process. */
export const destructionsIn = (db: DatabaseSync): (() => number) => {
  const version = db.prepare('pragma user_version');
  return () => Number(version.get()!['user_version']);
};

const prepare = (db: DatabaseSync) => {
  const bind = db.prepare('insert into kept_for (only_row, store_id) values (1, ?)');
  const kept = db.prepare('select id, key from subject_keys where subject = ?');
  const insert = db.prepare('insert into subject_keys (id, subject, key) values (?, ?, ?)');
  const empty = db.prepare('update subject_keys set subject = null, key = null where id = ?');
  const destructions = destructionsIn(db);
  return {
    'subject-keys.belong-to': ({ storeId }: { storeId: string }) => void bind.run(storeId),
    /** The key that stands, whoever was first. */
    'subject-keys.add': ({ subject, id, key }: NewKey) => {
      const found = kept.get(subject);
      if (found) return { id: found['id'], key: found['key'] };
      insert.run(id, subject, key);
      return { id, key };
    },
    /** The id of the destroyed key; undefined when there was none. */
    'subject-keys.destroy': ({ subject }: { subject: string }) => {
      const id = kept.get(subject)?.['id'] as string | undefined;
      if (id === undefined) return undefined;
      empty.run(id);
      db.exec(`pragma user_version = ${destructions() + 1}`);
      return id;
    },
  };
};

export const subjectKeyWrites: WriterModule = {
  source: { url: import.meta.url, name: 'subjectKeyWrites' },
  told: { 'subject-keys.destroy': () => [] },
  schema,
  prepare,
};
