import { stamp, type Decider, type Fact, type Recorded } from '@countersign/decider';
import { appendFacts } from './append-facts.js';
import type { Input } from './input.js';
import {
  foldHistory,
  metadataOf,
  readHistory,
  type History,
  type Journal,
  type PersonalFields,
} from './journal.js';
import {
  StoreUnavailable,
  WrongExpectedRevision,
  type Appended,
  type Position,
  type StoredEvent,
} from './port.js';

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
/** Why an input that a decision would record once more is ignored. */
const recordedBefore = 'recorded before';

type DeciderFor<Body, F extends Fact, State, Refusal> =
  | Decider<Body, F, State, Refusal>
  | ((history: readonly Recorded<F>[]) => Promise<Decider<Body, F, State, Refusal>>);

/** How an input is decided on. */
export interface Handling {
  /**
   * Decides first on what is remembered of the stream, if this process knows of nothing newer. Only
   * the append makes that count, which fails where somebody else has written; anything but facts to
   * record is decided again on the leader's word (rule 4). Not for inputs whose repeat must be told
   * from their first time by what this returns.
   */
  readonly fromMemory?: boolean;
}

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
  { fromMemory = false }: Handling = {},
): Promise<Handled<F, State, Refusal>> => {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const remembered = fromMemory && tries === 0 && rememberedHistory<F>(journal, stream);
    const history = remembered || (await readHistory<F>(journal, stream));
    const decider =
      typeof deciderFor === 'function' ? await deciderFor(history.events) : deciderFor;
    const state = foldHistory<F, State>(journal, stream, decider, history.events);
    const told = { ...input, recordedAt: instantAfter(journal, history.last) };
    const decision = decider.decide(told, state);
    if (remembered && !('facts' in decision && decision.facts.length > 0)) continue;
    if ('refused' in decision) return { kind: 'refused', refusal: decision.refused, state };
    if ('ignored' in decision || decision.facts.length === 0) {
      const reason = 'ignored' in decision ? decision.ignored : 'nothing to record';
      logIgnored(journal, stream, input, reason);
      return { kind: 'ignored', reason, state };
    }
    const events = stamp(told, decision.facts, history.last?.revision ?? -1);
    if (history.events.some(({ id }) => id === events[0]!.id)) {
      logIgnored(journal, stream, input, recordedBefore);
      return { kind: 'ignored', reason: recordedBefore, state };
    }
    try {
      const at = await appendFacts(journal, stream, personal, input, events, history);
      journal.histories?.wrote(stream, at.revision);
      return recorded(events, at, () => events.reduce(decider.evolve, state));
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
  throw new StoreUnavailable(`${stream}: ${triesMax} writers in a row were faster`);
};

const rememberedHistory = <F extends Fact>(
  { histories }: Journal,
  stream: string,
): History<F> | undefined => histories?.upToDate(stream) as History<F> | undefined;

/** The state after it is folded only for those who ask: most do not. */
const recorded = <F extends Fact, State>(
  events: readonly Recorded<F>[],
  { revision, position }: Appended,
  stateAfter: () => State,
): Handled<F, State, never> => {
  let state: { readonly after: State } | undefined;
  return {
    kind: 'recorded',
    events,
    revision,
    position,
    get state() {
      state ??= { after: stateAfter() };
      return state.after;
    },
  };
};

const instantAfter = (journal: Journal, last: StoredEvent | undefined): string => {
  const now = journal.clock.now();
  const previous = last ? metadataOf(last).recordedAt : '';
  return now > previous ? now : previous;
};

const logIgnored = (journal: Journal, stream: string, input: Input<unknown>, reason: string) =>
  journal.log.debug('ignored', {
    stream,
    reason,
    correlationId: input.correlationId,
    caseId: input.caseId,
    causationId: input.id,
  });
