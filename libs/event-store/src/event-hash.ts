import { hash } from 'node:crypto';
import { boundedMemory, canonical } from '@countersign/trust';
import { eventsRememberedMax } from './histories.js';
import type { EventJson, NewEvent, StoredEvent } from './port.js';

/** What `prevHash` is before the first event of a stream. */
export const noHash = '0'.repeat(64);

/**
 * SHA-256 over JCS([stream, revision, id, type, data as stored, metadata with its own prevHash]).
 * Covers ciphertext only, so that erasure does not break the chain (I21, I22).
 */
export const eventHash = (event: Omit<StoredEvent, 'position'>): string => {
  const { data, metadata } = event.json ?? eventJson(event);
  const place = canonical([event.stream, event.revision, event.id, event.type]);
  return hash('sha256', `${place.slice(0, -1)},${data},${metadata}]`, 'hex');
};

/** The parts of an event in canonical form: one text is hashed and stored. */
export const eventJson = ({ data, metadata }: Pick<NewEvent, 'data' | 'metadata'>): EventJson => ({
  data: canonical(data),
  metadata: canonical(metadata),
});

/** Hashes of events as they were written or read: each is needed two or three times. */
export interface HashMemory {
  of(event: Omit<StoredEvent, 'position'>): string;
}

type Hashed = Pick<StoredEvent, 'id' | 'revision' | 'data'> & { readonly hash: string };

/**
 * Remembers by the event's own metadata object, never by its id: an append that lost a race, or that
 * another had done before, has the id of what is stored and another content.
 */
export const hashMemory = (): HashMemory => {
  const known = boundedMemory<Hashed, object>(eventsRememberedMax);
  return {
    of: (event) => {
      const { id, revision, data, metadata } = event;
      const found = known.get(metadata);
      if (found?.id === id && found.revision === revision && found.data === data) return found.hash;
      const made = eventHash(event);
      known.set(metadata, { id, revision, data, hash: made });
      return made;
    },
  };
};
