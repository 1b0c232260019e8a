import type { EventStore } from '../src/port.js';

/** A store that breaks one promise, and the check that must notice. */
export interface BrokenTwin {
  readonly breaks: string;
  readonly noticedBy: string;
  readonly twin: (store: EventStore) => EventStore;
}
