import type { Message } from '@countersign/contracts';
import {
  effectIdOf,
  type Effect,
  type Fact,
  type Recorded,
  type RecordedFact,
} from '@countersign/decider';
import type { Enclosure } from '@countersign/group-commit';
import { metadataOf, recall, type Journal } from './journal.js';
import type { EncloseMessages } from './outbox.js';
import type { Lease } from './lease.js';
import type { Batch, StoredEvent, Subscription } from './port.js';
import { openCheckpoint } from './relay-checkpoint.js';

/** A message and the topic it goes to. */
export interface Outgoing {
  readonly topic: string;
  readonly message: Message;
}

export interface RelayOptions<F extends Fact> {
  /** Streams of this service that may ask for something. */
  readonly prefixes: readonly string[];
  /** What a recorded fact asks of others; from the event alone (rule 12). */
  readonly react: (event: Recorded<F>, stream: string) => readonly Effect[];
  /** Resolves when every message is durable on the bus. */
  readonly publish: (messages: readonly Outgoing[]) => Promise<void>;
  /** Encloses messages with an append, where the journal has an outbox; see `Bus.enclose`. */
  readonly enclose?: (messages: readonly Outgoing[], published: () => void) => Promise<Enclosure>;
  /** Relays while it is held, when other processes run the same service. */
  readonly lease?: Lease | undefined;
}

export interface Relay {
  /** `lost` also while what it has to publish is not taken; `standby`: another process relays. */
  readonly state: Subscription['state'] | 'standby';
  readonly caughtUp: Promise<void>;
  /** Publishes nothing more, writes its checkpoint. */
  close(): Promise<void>;
}

/**
 * The stream is the outbox: follows the service's own streams, publishes what their events ask for,
 * then moves its checkpoint, kept in `relay-{service}`. At least once, in the order of the store.
 */
export const startRelay = async <F extends Fact>(
  journal: Journal,
  options: RelayOptions<F>,
): Promise<Relay> =>
  options.lease ? relayWhileHeld(journal, options, options.lease) : relayNow(journal, options);

/** Begins where whoever relayed before had come to, each time that the lease is gained. */
const relayWhileHeld = <F extends Fact>(
  journal: Journal,
  options: RelayOptions<F>,
  lease: Lease,
): Relay => {
  const caughtUp = Promise.withResolvers<void>();
  let relay: Relay | undefined;
  const { close } = lease.whileHeld(async () => {
    const started = await relayNow(journal, options);
    void started.caughtUp.then(caughtUp.resolve);
    relay = started;
    return {
      close: () => {
        relay = undefined;
        return started.close();
      },
    };
  });
  return {
    get state() {
      return relay?.state ?? (lease.state === 'lost' ? 'lost' : 'standby');
    },
    caughtUp: caughtUp.promise,
    close,
  };
};

const relayNow = async <F extends Fact>(
  journal: Journal,
  options: RelayOptions<F>,
): Promise<Relay> => {
  const { outbox } = journal;
  const checkpoint = await openCheckpoint(journal);
  let failing = false;
  const publish = async ({ events, reached }: Batch) => {
    if (options.lease?.isHeld() === false) throw new Error('another process relays now');
    const left = outbox ? events.filter(({ id }) => !outbox.wentAlong(id)) : events;
    const messages = await messagesOf(journal, options, left);
    const asked = messages.length + events.length - left.length;
    if (asked > 0) {
      await journal.failpoints.reach(`${journal.service}.before_publish`);
      if (messages.length > 0) await options.publish(messages);
      await journal.failpoints.reach(`${journal.service}.after_publish`);
    }
    outbox?.relayed(reached, events);
    await checkpoint.reached(reached, asked);
  };
  const subscription = journal.store.subscribe({
    prefixes: options.prefixes,
    after: checkpoint.position,
    deliver: async (batch) => {
      try {
        await publish(batch);
        failing = false;
      } catch (error) {
        failing = true;
        throw error;
      }
    },
  });
  void subscription.caughtUp.then(() => outbox?.open(enclosing(journal, options)));
  return {
    get state() {
      return failing ? 'lost' : subscription.state;
    },
    caughtUp: subscription.caughtUp,
    close: async () => {
      outbox?.close();
      await subscription.close();
      await checkpoint.close();
    },
  };
};

/** What an append of this service takes along to the bus. */
const enclosing =
  <F extends Fact>(
    journal: Journal,
    { prefixes, react, enclose }: RelayOptions<F>,
  ): EncloseMessages =>
  async (stream, asking, published) => {
    if (!enclose || !prefixes.some((prefix) => stream.startsWith(prefix))) return undefined;
    const messages: Outgoing[] = [];
    const eventIds: string[] = [];
    for (const { stored, recorded } of asking) {
      const effects = react(recorded as unknown as Recorded<F>, stream);
      if (effects.length > 0) eventIds.push(stored.id);
      for (const effect of effects) messages.push(outgoing(journal, stored, effect));
    }
    if (messages.length === 0) return undefined;
    return { enclosure: await enclose(messages, published), eventIds };
  };

const messagesOf = async <F extends Fact>(
  journal: Journal,
  { react }: RelayOptions<F>,
  events: readonly StoredEvent[],
): Promise<Outgoing[]> => {
  const messages: Outgoing[] = [];
  for (const stored of events) {
    const recorded = await recall<F>(journal, stored);
    journal.histories?.follow?.(stored, recorded as unknown as RecordedFact);
    const effects = react(recorded, stored.stream);
    for (const effect of effects) {
      messages.push(outgoing(journal, stored, effect));
    }
  }
  return messages;
};

const outgoing = (
  journal: Journal,
  event: Omit<StoredEvent, 'position'>,
  effect: Effect,
): Outgoing => {
  const metadata = metadataOf(event);
  const message: Message = {
    id: effectIdOf(event.id, effect.name),
    type: effect.type,
    schemaVersion: 1,
    caseId: metadata.caseId,
    occurredAt: metadata.recordedAt,
    actor: metadata.actor,
    correlationId: metadata.$correlationId,
    causationId: event.id,
    subjects: metadata.subjects,
    traceparent: metadata.traceparent,
    source: { stream: event.stream, revision: event.revision, hash: journal.hashes.of(event) },
    data: effect.data,
  };
  return { topic: effect.topic, message };
};
