import { digestOf } from '@countersign/trust';
import type { StoredEvent } from './port.js';

/** What `prevHash` is before the first event of a stream. */
export const noHash = '0'.repeat(64);

/**
 * SHA-256 over JCS([stream, revision, id, type, data as stored, metadata with its own prevHash]).
 * Covers ciphertext only, so that erasure does not break the chain (I21, I22).
 */
export const eventHash = (event: Omit<StoredEvent, 'position'>): string =>
  digestOf([event.stream, event.revision, event.id, event.type, event.data, event.metadata]);

/** Hashes of the events last written or read, by event id: each is needed two or three times. */
export interface HashMemory {
  of(event: Omit<StoredEvent, 'position'>): string;
}

/** Enough for the events on their way; an older one is hashed again. */
const rememberedMax = 20_000;

export const hashMemory = (): HashMemory => {
  const known = new Map<string, string>();
  return {
    of: (event) => {
      const found = known.get(event.id);
      if (found !== undefined) return found;
      const hash = eventHash(event);
      if (known.size >= rememberedMax) known.delete(known.keys().next().value!);
      known.set(event.id, hash);
      return hash;
    },
  };
};
