import type { EventMetadata } from '@countersign/contracts';
import type { Fact, Recorded, RecordedFact } from '@countersign/decider';
import type { Failpoints } from '@countersign/failpoints';
import type { Log } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import type { Sealer } from '@countersign/trust';
import type { HashMemory } from './event-hash.js';
import type { EventStore, StoredEvent } from './port.js';

/** What a service needs to read and write its streams. */
export interface Journal {
  readonly service: string;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  readonly hashes: HashMemory;
  /** What was recorded or read before, by the stored data: a box is opened once. */
  readonly recalled?: WeakMap<object, RecordedFact>;
}

/** Which top-level fields of which event type speak of people and are sealed. */
export type PersonalFields = Readonly<Record<string, readonly string[]>>;

/** Binds a sealed box to its place: it opens nowhere else. */
export const sealedIn = (stream: string, eventId: string): string => `${stream}:${eventId}`;

/** Metadata of an event of ours; the store itself does not look into it. */
export const metadataOf = (event: StoredEvent): EventMetadata => event.metadata as EventMetadata;

/** A stored event as the domain sees it: sealed fields opened, alarms apart from the data. */
export const recall = async <F extends Fact>(
  journal: Pick<Journal, 'sealer' | 'recalled'>,
  event: StoredEvent,
): Promise<Recorded<F>> => {
  const stored = event.data as Record<string, unknown>;
  const known = journal.recalled?.get(stored);
  if (known) return known as unknown as Recorded<F>;
  const open =
    'sealed' in stored
      ? await journal.sealer.open(stored, sealedIn(event.stream, event.id))
      : stored;
  const { opens = [], settles = [], ...data } = open;
  const metadata = metadataOf(event);
  const recorded = {
    id: event.id,
    type: event.type,
    data,
    revision: event.revision,
    recordedAt: metadata.recordedAt,
    actor: metadata.actor,
    opens,
    settles,
  } as RecordedFact;
  journal.recalled?.set(stored, recorded);
  return recorded as unknown as Recorded<F>;
};

/** A whole stream as the domain sees it, and its last event as stored. */
export interface History<F extends Fact> {
  readonly events: readonly Recorded<F>[];
  readonly last: StoredEvent | undefined;
}

/** Reads a stream from the leader (rule 4). Empty when there is none. @throws StoreUnavailable */
export const readHistory = async <F extends Fact>(
  journal: Pick<Journal, 'sealer' | 'store' | 'recalled'>,
  stream: string,
): Promise<History<F>> => {
  const stored = await journal.store.read(stream, { requiresLeader: true });
  const events: Recorded<F>[] = [];
  for (const event of stored) events.push(await recall<F>(journal, event));
  return { events, last: stored.at(-1) };
};
