import { createSecretKey, type KeyObject } from 'node:crypto';
import { boundedMemory } from './bounded-memory.js';
import type { SubjectKey } from './subject-keys.js';

/** Keys in memory: of the cases on their way; a miss costs one indexed read. */
const rememberedMax = 5_000;

/**
 * Keys that were read or made.
 * @param destructions how many there were so far, by other processes too
 */
export const keyMemory = (destructions: () => number) => {
  const bySubject = boundedMemory<SubjectKey>(rememberedMax);
  const byId = boundedMemory<KeyObject>(rememberedMax);
  let seen = destructions();
  return {
    bySubject,
    byId,
    add: (subject: string, { id, key }: { id: string; key: Uint8Array }): SubjectKey => {
      const made = { id, key: createSecretKey(key) };
      bySubject.set(subject, made);
      byId.set(id, made.key);
      return made;
    },
    forget: (subject: string, id: string | undefined) => {
      bySubject.delete(subject);
      if (id !== undefined) byId.delete(id);
    },
    /** What another process destroyed must not be remembered here. */
    forgetDestroyed: () => {
      const now = destructions();
      if (now === seen) return;
      seen = now;
      bySubject.clear();
      byId.clear();
    },
  };
};
