import type { RecordedFact } from '@countersign/decider';
import type { StoredEvent } from './port.js';

/**
 * Streams are append-only, so what was read of one stays true, also when its partition went to
 * another member and came back; the rest is asked of the leader (rule 4).
 */
export interface Histories {
  get(stream: string): RememberedHistory | undefined;
  set(stream: string, history: RememberedHistory): void;
  /** This process has appended up to here. */
  wrote(stream: string, revision: number): void;
  /** A history that holds all that this process knows to be there; others may have written since. */
  upToDate(stream: string): RememberedHistory | undefined;
  /** Adds what the relay reads anyway: only where each read of the store is a way there and back. */
  readonly follow?: (event: StoredEvent, recorded: RecordedFact) => void;
}

/** A history and what its first events were folded to, so that each is folded once. */
export interface RememberedHistory {
  readonly events: readonly RecordedFact[];
  readonly last: StoredEvent;
  folded?: { readonly by: unknown; readonly count: number; readonly state: unknown };
}

/**
 * Events on their way through one service. Not in a WeakMap: the collector pays far more for each of
 * its entries than it costs to forget half of them now and then.
 */
export const eventsRememberedMax = 2_000;

/** Streams on their way through one service; an older one is read again from its beginning. */
const historiesMax = 500;

export const histories = ({
  max = historiesMax,
  followed = false,
}: { readonly max?: number; readonly followed?: boolean } = {}): Histories => {
  const known = new Map<string, RememberedHistory>();
  const written = new Map<string, number>();
  const keep = <Value>(map: Map<string, Value>, stream: string, value: Value) => {
    map.delete(stream);
    if (map.size >= max) map.delete(map.keys().next().value!);
    map.set(stream, value);
  };
  const follow = (event: StoredEvent, recorded: RecordedFact) => {
    const { stream, revision } = event;
    const before = known.get(stream);
    if (revision !== (before ? before.last.revision + 1 : 0)) return;
    keep(known, stream, { ...before, events: [...(before?.events ?? []), recorded], last: event });
  };
  return {
    get: (stream) => known.get(stream),
    set: (stream, history) => keep(known, stream, history),
    wrote: (stream, revision) => keep(written, stream, revision),
    upToDate: (stream) => {
      const history = known.get(stream);
      const upTo = written.get(stream);
      return history && upTo !== undefined && history.last.revision >= upTo ? history : undefined;
    },
    ...(followed && { follow }),
  };
};
