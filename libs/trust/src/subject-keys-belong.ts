import type { GroupCommitFile } from '@countersign/group-commit';

/** These are not the keys of this store, or they are lost: what was sealed could not be opened. */
export class SubjectKeysMismatch extends Error {
  override readonly name = 'SubjectKeysMismatch';
}

/** @throws SubjectKeysMismatch */
export const mustBelongTo = async (
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

export const noKeysYet = (path: string) =>
  new SubjectKeysMismatch(
    `${path} holds no subject keys: make them with "./countersign keys", or restore that file from ` +
      'its backup.',
  );

export const keysLost = (path: string) =>
  new SubjectKeysMismatch(
    `the store holds events, but ${path} holds no keys: what is sealed could not be opened. ` +
      'Restore that file from its backup.',
  );
