import type { EventMetadata } from '@countersign/contracts';
import type { Fact, Recorded, RecordedFact } from '@countersign/decider';
import type { Failpoints } from '@countersign/failpoints';
import type { Log } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import { boundedMemory, type BoundedMemory, type Sealer } from '@countersign/trust';
import type { HashMemory } from './event-hash.js';
import { eventsRememberedMax, type Histories } from './histories.js';
import type { Outbox } from './outbox.js';
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
  readonly recalled?: RecalledFacts;
  /** Streams that were read before: what stands in them is never read twice. */
  readonly histories?: Histories;
  /** Where store and bus share a file: what an append asks of others goes into the file with it. */
  readonly outbox?: Outbox;
}

export type RecalledFacts = BoundedMemory<RecordedFact, object>;

export const recalledFacts = (): RecalledFacts => boundedMemory(eventsRememberedMax);

/** Which top-level fields of which event type speak of people and are sealed. */
export type PersonalFields = Readonly<Record<string, readonly string[]>>;

/** Binds a sealed box to its place: it opens nowhere else. */
export const sealedIn = (stream: string, eventId: string): string => `${stream}:${eventId}`;

/** Metadata of an event of ours; the store itself does not look into it. */
export const metadataOf = (event: Omit<StoredEvent, 'position'>): EventMetadata =>
  event.metadata as EventMetadata;

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

/** Events of one read: more than nearly every stream of ours has. */
const readAtOnceMax = 1_000;

/**
 * Reads a stream from the leader (rule 4), as far as it is not known. Empty when there is none.
 * @throws StoreUnavailable
 */
export const readHistory = async <F extends Fact>(
  journal: Pick<Journal, 'sealer' | 'store' | 'recalled' | 'histories'>,
  stream: string,
): Promise<History<F>> => {
  const known = journal.histories?.get(stream);
  const events = known ? [...known.events] : [];
  let last = known?.last;
  for (let more = true; more;) {
    const from = last && { from: last.revision + 1 };
    const options = { ...from, limit: readAtOnceMax, requiresLeader: true };
    const stored = await journal.store.read(stream, options);
    for (const event of stored) {
      const recalled = journal.recalled?.get(event.data as object);
      events.push(recalled ?? ((await recall(journal, event)) as RecordedFact));
    }
    last = stored.at(-1) ?? last;
    more = stored.length === readAtOnceMax;
  }
  if (last && last !== known?.last) {
    const { folded } = known ?? {};
    journal.histories?.set(stream, { events, last, ...(folded && { folded }) });
  }
  return { events: events as unknown as readonly Recorded<F>[], last };
};

/** The state after a history, from where it was folded to before. */
export const foldHistory = <F extends Fact, State>(
  journal: Pick<Journal, 'histories'>,
  stream: string,
  { initial, evolve }: { initial: State; evolve: (state: State, event: Recorded<F>) => State },
  events: readonly Recorded<F>[],
): State => {
  const known = journal.histories?.get(stream);
  const { folded } = known ?? {};
  const isBase = folded !== undefined && folded.by === evolve && folded.count <= events.length;
  const state = isBase
    ? events.slice(folded.count).reduce(evolve, folded.state as State)
    : events.reduce(evolve, initial);
  if (known && known.events.length === events.length) {
    known.folded = { by: evolve, count: events.length, state };
  }
  return state;
};
