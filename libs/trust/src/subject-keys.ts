import type { KeyObject } from 'node:crypto';

/** The AES-256 key of one person, and the name under which sealed boxes refer to it. */
export interface SubjectKey {
  readonly id: string;
  readonly key: KeyObject;
}

/**
 * Keeps one key per data subject, apart from the store that holds what they seal, so that erasing a
 * person is destroying one key.
 */
export interface SubjectKeys {
  /**
   * The subject's key; made, and durable, before the promise resolves. Concurrent calls for one
   * subject get the same key. @throws SubjectKeysUnavailable
   */
  keyFor(subject: string): Promise<SubjectKey>;
  /**
   * The key that a box names; undefined when it was destroyed.
   * @throws SubjectKeyUnknown this keeper never had such a key
   * @throws SubjectKeysUnavailable
   */
  find(keyId: string): Promise<KeyObject | undefined>;
  /** Erases the subject: what was sealed for it opens no more. A later `keyFor` starts afresh. */
  destroy(subject: string): Promise<void>;
}

/**
 * Infrastructure: the keys cannot be read or written now; nothing may be sealed and no offset may
 * pass (rule 14). Goes by the name of its kind, so that every edge treats it as the store's own.
 */
export class SubjectKeysUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** A box names a key that was never kept here: the keys of another deployment, or lost ones. */
export class SubjectKeyUnknown extends Error {
  override readonly name = 'SubjectKeyUnknown';
  constructor(readonly keyId: string) {
    super(`subject key ${keyId} was never kept here`);
  }
}
