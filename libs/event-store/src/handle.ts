import type { Actor, EventMetadata, Message, SourceEvent } from '@countersign/contracts';
import { stamp, type Decider, type Fact, type Recorded } from '@countersign/decider';
import {
  foldHistory,
  metadataOf,
  readHistory,
  sealedIn,
  type History,
  type Journal,
  type PersonalFields,
} from './journal.js';
import { noHash } from './event-hash.js';
import {
  StoreUnavailable,
  WrongExpectedRevision,
  type NewEvent,
  type Position,
  type StoredEvent,
} from './port.js';

/** One thing that a service was told, with its identity and its place in the case. */
export interface Input<Body> {
  /** Id of the message, alarm or decision: the events' ids follow from it. */
  readonly id: string;
  readonly actor: Actor;
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly caseId: string;
  readonly subjects: readonly string[];
  readonly traceparent?: string | undefined;
  readonly cause?: SourceEvent | undefined;
  readonly body: Body;
}

/** A message as the input that it is; `actor` says who acts now, the sender unless given. */
export const inputOf = <Body>(message: Message, body: Body, actor?: Actor): Input<Body> => ({
  id: message.id,
  actor: actor ?? message.actor,
  occurredAt: message.occurredAt,
  correlationId: message.correlationId,
  caseId: message.caseId,
  subjects: message.subjects,
  traceparent: message.traceparent,
  cause: message.source,
  body,
});

export type Handled<F extends Fact, State, Refusal> =
  | {
      readonly kind: 'recorded';
      readonly events: readonly Recorded<F>[];
      readonly state: State;
      readonly revision: number;
      readonly position: Position;
    }
  | { readonly kind: 'ignored'; readonly reason: string; readonly state: State }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly state: State };

/** A stream that ten other writers in a row were faster on is not a decision but an outage. */
const triesMax = 10;

type DeciderFor<Body, F extends Fact, State, Refusal> =
  | Decider<Body, F, State, Refusal>
  | ((history: readonly Recorded<F>[]) => Promise<Decider<Body, F, State, Refusal>>);

/** The subject under whose key an event's personal fields are sealed. */
export const sealedFor = (input: { caseId: string; subjects: readonly string[] }): string =>
  input.subjects[0] ?? `case:${input.caseId}`;

/**
 * One input, one decision, one append. Handled twice, it records once: ids follow from the input.
 * @param personal fields to seal, by event type
 * @throws StoreUnavailable nothing is known; the same input may be handled again
 */
export const handle = async <Body, F extends Fact, State, Refusal = never>(
  journal: Journal,
  stream: string,
  personal: PersonalFields,
  input: Input<Body>,
  deciderFor: DeciderFor<Body, F, State, Refusal>,
): Promise<Handled<F, State, Refusal>> => {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const history = await readHistory<F>(journal, stream);
    const decider =
      typeof deciderFor === 'function' ? await deciderFor(history.events) : deciderFor;
    const state = foldHistory<F, State>(journal, stream, decider, history.events);
    const told = { ...input, recordedAt: instantAfter(journal, history.last) };
    const decision = decider.decide(told, state);
    if ('refused' in decision) return { kind: 'refused', refusal: decision.refused, state };
    if ('ignored' in decision || decision.facts.length === 0) {
      const reason = 'ignored' in decision ? decision.ignored : 'nothing to record';
      logIgnored(journal, stream, input, reason);
      return { kind: 'ignored', reason, state };
    }
    const events = stamp(told, decision.facts, history.last?.revision ?? -1);
    try {
      const at = await append(journal, stream, personal, input, events, history);
      return { kind: 'recorded', events, state: events.reduce(decider.evolve, state), ...at };
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
  throw new StoreUnavailable(`${stream}: ${triesMax} writers in a row were faster`);
};

const instantAfter = (journal: Journal, last: StoredEvent | undefined): string => {
  const now = journal.clock.now();
  const previous = last ? metadataOf(last).recordedAt : '';
  return now > previous ? now : previous;
};

const append = async <F extends Fact>(
  journal: Journal,
  stream: string,
  personal: PersonalFields,
  input: Input<unknown>,
  events: readonly Recorded<F>[],
  history: History<F>,
): Promise<{ revision: number; position: Position }> => {
  const stored = await toStore(journal, stream, personal, input, events, history.last);
  await journal.failpoints.reach(`${journal.service}.before_append`);
  const expected = history.last?.revision ?? 'no-stream';
  const appended = await journal.store.append(stream, expected, stored);
  await journal.failpoints.reach(`${journal.service}.after_append`);
  for (const event of events) {
    journal.log.info(event.type, {
      stream,
      revision: event.revision,
      correlationId: input.correlationId,
      caseId: input.caseId,
      causationId: input.id,
      actor: `${event.actor.type}:${event.actor.id}`,
    });
  }
  return appended;
};

const toStore = async <F extends Fact>(
  journal: Journal,
  stream: string,
  personal: PersonalFields,
  input: Input<unknown>,
  events: readonly Recorded<F>[],
  last: StoredEvent | undefined,
): Promise<NewEvent[]> => {
  let prevHash = last ? journal.hashes.of(last) : noHash;
  const stored: NewEvent[] = [];
  for (const event of events) {
    const fields = personal[event.type] ?? [];
    const data = withAlarms(event);
    const sealed =
      fields.length === 0
        ? data
        : await journal.sealer.seal(data, fields, sealedFor(input), sealedIn(stream, event.id));
    const next = {
      id: event.id,
      type: event.type,
      data: sealed,
      metadata: metadataFor(input, event, prevHash),
    };
    prevHash = journal.hashes.of({ ...next, stream, revision: event.revision });
    journal.recalled?.set(sealed, event);
    stored.push(next);
  }
  return stored;
};

const withAlarms = ({ data, opens, settles }: Recorded<Fact>): Record<string, unknown> => {
  const stored: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data as Record<string, unknown>)) {
    if (value !== undefined) stored[name] = value;
  }
  if (opens.length > 0) stored.opens = opens;
  if (settles.length > 0) stored.settles = settles;
  return stored;
};

const metadataFor = (
  input: Input<unknown>,
  event: Recorded<Fact>,
  prevHash: string,
): EventMetadata => ({
  schemaVersion: 1,
  occurredAt: input.occurredAt,
  recordedAt: event.recordedAt,
  actor: event.actor,
  $correlationId: input.correlationId,
  $causationId: input.id,
  caseId: input.caseId,
  subjects: input.subjects,
  prevHash,
  ...(input.cause && { cause: input.cause }),
  ...(input.traceparent !== undefined && { traceparent: input.traceparent }),
});

const logIgnored = (journal: Journal, stream: string, input: Input<unknown>, reason: string) =>
  journal.log.debug('ignored', {
    stream,
    reason,
    correlationId: input.correlationId,
    caseId: input.caseId,
    causationId: input.id,
  });
