import type { Decision, Effect, Fact, ProcessManager, Recorded, Told } from './decider.js';
import { stamp } from './stamp.js';

/** A state that a process can be in, and what an onlooker has seen on one way to it. */
export interface Place<Input, F extends Fact, State, Seen> {
  readonly state: State;
  readonly seen: Seen;
  /** Of the last event; -1 before the first. */
  readonly revision: number;
  /** The move that first led here; none at the start. */
  readonly by?: Move<Input, F, State, Seen> | undefined;
}

/** An input that made a process record something. */
export interface Move<Input, F extends Fact, State, Seen> {
  readonly from: Place<Input, F, State, Seen>;
  readonly told: Told<Input>;
  readonly events: readonly Recorded<F>[];
  readonly effects: readonly Happening[];
  readonly to: Place<Input, F, State, Seen>;
}

/** An effect together with the event that asked for it. */
export interface Happening {
  readonly eventId: string;
  readonly effect: Effect;
}

/** An input that moved nothing. */
export interface Stillness<Input, F extends Fact, State, Seen> {
  readonly from: Place<Input, F, State, Seen>;
  readonly told: Told<Input>;
  readonly decision: Decision<F, unknown>;
}

export interface WalkOptions<Input, F extends Fact, State, Seen, Refusal> {
  readonly process: ProcessManager<Input, F, State, Refusal>;
  /** Everything that could be said to the process now; repeats, strangers and latecomers too. */
  readonly inputsIn: (place: Place<Input, F, State, Seen>) => readonly Told<Input>[];
  /**
   * An onlooker that hears what is said and sees what is recorded and asked, and knows nothing of
   * the process's own state. Two ways meet in one place only if they look the same to it too, but
   * for ids, so that what it has seen may be held against every later step.
   */
  readonly onlooker: {
    readonly initial: Seen;
    readonly see: (seen: Seen, move: Omit<Move<Input, F, State, Seen>, 'to'>) => Seen;
  };
  /** Ends the walk after the first move for which it holds, e.g. one that breaks a promise. */
  readonly until?: (move: Move<Input, F, State, Seen>) => boolean;
  /** More places than this mean that inputs or states are not bounded; 50 000 unless said. */
  readonly placesMax?: number;
}

export interface Walk<Input, F extends Fact, State, Seen> {
  readonly places: readonly Place<Input, F, State, Seen>[];
  readonly moves: readonly Move<Input, F, State, Seen>[];
  readonly stillnesses: readonly Stillness<Input, F, State, Seen>[];
}

/**
 * Tries every input in every state that can be reached from the first one. States, inputs and
 * events are frozen throughout, so a process that mutates one of them throws a TypeError.
 * @throws Error when there are more than `placesMax` places, or a state is not plain data
 */
export const walk = <Input, F extends Fact, State, Seen, Refusal>({
  process,
  inputsIn,
  onlooker,
  until = () => false,
  placesMax = 50_000,
}: WalkOptions<Input, F, State, Seen, Refusal>): Walk<Input, F, State, Seen> => {
  type Here = Place<Input, F, State, Seen>;
  const start: Here = frozen({ state: process.initial, seen: onlooker.initial, revision: -1 });
  const known = new Map<string, Here>([[keyOf(start), start]]);
  const places = [start];
  const moves: Move<Input, F, State, Seen>[] = [];
  const stillnesses: Stillness<Input, F, State, Seen>[] = [];

  const arrive = (place: Here): Here => {
    const key = keyOf(place);
    const met = known.get(key);
    if (met) return met;
    if (places.length === placesMax) throw new Error(`the walk does not end: ${placesMax} places`);
    known.set(key, place);
    places.push(place);
    return place;
  };

  for (const from of places) {
    for (const told of inputsIn(from)) {
      const decision = process.decide(frozen(told), from.state);
      if (!('facts' in decision) || decision.facts.length === 0) {
        stillnesses.push({ from, told, decision });
        continue;
      }
      const events = frozen(stamp(told, decision.facts, from.revision));
      const state = frozen(events.reduce(process.evolve, from.state));
      const effects = events.flatMap((event) =>
        process.react(event).map((effect) => ({ eventId: event.id, effect })),
      );
      const move = { from, told, events, effects };
      const seen = frozen(onlooker.see(from.seen, move));
      const arrived: Here = { state, seen, revision: from.revision + events.length };
      const by = { ...move, to: arrived };
      const moved = { ...move, to: arrive(Object.assign(arrived, { by })) };
      moves.push(moved);
      if (until(moved)) return { places, moves, stillnesses };
    }
  }
  return { places, moves, stillnesses };
};

/** How a place was first reached, as the types of the inputs; for findings that a person reads. */
export const wayTo = <Input extends { readonly type: string }, F extends Fact, State, Seen>(
  place: Place<Input, F, State, Seen>,
): string => {
  const types: string[] = [];
  for (let by = place.by; by; by = by.from.by) types.unshift(by.told.body.type);
  return types.join(' → ') || 'the start';
};

const ids = /[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Ids and digests are numbered in the order in which they appear: places that differ in nothing but
 * what things are called are one, or no loop would ever lead back to where it was.
 */
const keyOf = ({ state, seen }: { state: unknown; seen: unknown }): string => {
  const numbers = new Map<string, number>();
  return JSON.stringify([state, seen]).replace(ids, (id) => {
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return `#${number}`;
  });
};

/** Freezes plain data to its depths. */
const frozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map || value instanceof Set) {
    throw new Error('a state is plain data: a Map or a Set would look empty to the walk');
  }
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
};
