import { streams, type Message } from '@countersign/contracts';
import { effectIdOf, type Effect, type Fact, type Recorded } from '@countersign/decider';
import { metadataOf, recall, type Journal } from './journal.js';
import {
  WrongExpectedRevision,
  type Batch,
  type NewEvent,
  type Position,
  type StoredEvent,
  type Subscription,
} from './port.js';

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
}

export interface Relay {
  /** `lost` also while what it has to publish is not taken. */
  readonly state: Subscription['state'];
  readonly caughtUp: Promise<void>;
  /** Publishes nothing more, writes its checkpoint. */
  close(): Promise<void>;
}

/** A checkpoint is written after so many messages or so long: what is published twice is harmless. */
const checkpointEveryMessages = 500;
const checkpointEveryMs = 250;
const checkpointsKept = 10;

/**
 * The stream is the outbox: follows the service's own streams, publishes what their events ask for,
 * then moves its checkpoint, kept in `relay-{service}`. At least once, in the order of the store.
 */
export const startRelay = async <F extends Fact>(
  journal: Journal,
  options: RelayOptions<F>,
): Promise<Relay> => {
  const checkpoint = await openCheckpoint(journal);
  let failing = false;
  const publish = async ({ events, reached }: Batch) => {
    const messages = await messagesOf(journal, options, events);
    if (messages.length > 0) {
      await journal.failpoints.reach(`${journal.service}.before_publish`);
      await options.publish(messages);
      await journal.failpoints.reach(`${journal.service}.after_publish`);
    }
    await checkpoint.reached(reached, messages.length);
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
  return {
    get state() {
      return failing ? 'lost' : subscription.state;
    },
    caughtUp: subscription.caughtUp,
    close: async () => {
      await subscription.close();
      await checkpoint.close();
    },
  };
};

const messagesOf = async <F extends Fact>(
  journal: Journal,
  { react }: RelayOptions<F>,
  events: readonly StoredEvent[],
): Promise<Outgoing[]> => {
  const messages: Outgoing[] = [];
  for (const stored of events) {
    const effects = react(await recall<F>(journal, stored), stored.stream);
    for (const effect of effects) {
      messages.push({ topic: effect.topic, message: messageOf(journal, stored, effect) });
    }
  }
  return messages;
};

const messageOf = (journal: Journal, event: StoredEvent, effect: Effect): Message => {
  const metadata = metadataOf(event);
  return {
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
};

const openCheckpoint = async (journal: Journal) => {
  const stream = streams.relay(journal.service);
  const [last] = await journal.store.read(stream, { direction: 'backwards', limit: 1 });
  if (!last) await journal.store.limitStream(stream, checkpointsKept);
  let revision = last?.revision;
  let written = (last?.data as { position: Position } | undefined)?.position;
  let reachedNow = written;
  let messages = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async () => {
    clearTimeout(timer);
    timer = undefined;
    messages = 0;
    if (reachedNow === undefined || reachedNow === written) return;
    const position = reachedNow;
    await journal.failpoints.reach(`${journal.service}.before_checkpoint`);
    const event = {
      id: effectIdOf(checkpointNamespace, `${stream}:${position}`),
      type: 'RelayCheckpoint',
      data: { position },
      metadata: { recordedAt: journal.clock.now() },
    };
    await append(event);
    written = position;
  };
  const append = async (event: NewEvent) => {
    const next = () => journal.store.append(stream, revision ?? 'no-stream', [event]);
    const appended = await next().catch((error: unknown) => {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      // An append whose answer was lost, or another relay, was here: this one goes after it.
      revision = error.actual === 'no-stream' ? undefined : error.actual;
      return next();
    });
    revision = appended.revision;
  };
  const writeInTurn = () => (writing = writing.catch(() => undefined).then(write));
  return {
    position: written,
    reached: async (position: Position, published: number) => {
      reachedNow = position;
      messages += published;
      if (messages >= checkpointEveryMessages) await writeInTurn();
      else timer ??= setTimeout(() => void writeInTurn().catch(() => undefined), checkpointEveryMs);
    },
    close: async () => {
      clearTimeout(timer);
      await writeInTurn().catch((error: unknown) =>
        journal.log.warn('relay checkpoint not written; messages will be repeated', {
          cause: String(error),
        }),
      );
    },
  };
};

const checkpointNamespace = '0f9d3f1c-2f1f-5c4e-8f3b-3a86c1c5a7e4';
