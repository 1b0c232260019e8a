/** Something to wait for: fires at `dueAt` (ISO, UTC), unless it was settled before. */
export interface Opening {
  readonly name: string;
  readonly dueAt: string;
}
export interface Alarm extends Opening {
  readonly id: string;
}

/** A fact that a decision wants recorded. */
export interface Fact<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
  readonly opens?: readonly Opening[] | undefined;
  /** Ids of alarms that no longer matter. */
  readonly settles?: readonly string[] | undefined;
  /** Whose doing it is, where it is not the input's: a rule's, say, that follows from an answer. */
  readonly actor?: ActorName | undefined;
}

export interface ActorName {
  readonly type: 'human' | 'service' | 'agent' | 'upstream' | 'rule';
  readonly id: string;
}

/** A fact as it stands in its stream. */
export interface RecordedFact<Type extends string = string, Data = unknown> {
  /** UUIDv5(cause id, index in its append). */
  readonly id: string;
  readonly type: Type;
  readonly data: Data;
  readonly revision: number;
  readonly recordedAt: string;
  readonly actor: ActorName;
  readonly opens: readonly Alarm[];
  readonly settles: readonly string[];
}

/** Distributes over a union of facts, so that a switch over `type` narrows `data`. */
export type Recorded<F extends Fact> =
  F extends Fact<infer Type, infer Data> ? RecordedFact<Type, Data> : never;

/** An input with its identity, its author and the instant under which it will be recorded. */
export interface Told<Body> {
  readonly id: string;
  readonly actor: ActorName;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly body: Body;
}

/** What a decision comes to: facts to record, silence with its reason, or a refusal with its code. */
export type Decision<F extends Fact, Refusal = never> =
  { readonly facts: readonly F[] } | { readonly ignored: string } | { readonly refused: Refusal };

export const record = <F extends Fact>(...facts: readonly F[]): { facts: readonly F[] } => ({
  facts,
});
export const ignore = (reason: string): { ignored: string } => ({ ignored: reason });
export const refuse = <R>(refused: R): { refused: R } => ({ refused });

/** Decides what is true next. Pure: no clock, no chance, no I/O. */
export interface Decider<Input, F extends Fact, State, Refusal = never> {
  readonly initial: State;
  readonly decide: (input: Told<Input>, state: State) => Decision<F, Refusal>;
  /** Collates, never judges, never mutates. */
  readonly evolve: (state: State, event: Recorded<F>) => State;
}

/** One message that a recorded fact asks to be sent; its id is UUIDv5(event id, name). */
export interface Effect {
  /** `type:step#visit[:branch]`, unique within its event. */
  readonly name: string;
  readonly topic: string;
  readonly type: string;
  readonly data: unknown;
}

/** A decider whose recorded facts also ask other services for something; from the event alone. */
export interface ProcessManager<Input, F extends Fact, State, Refusal = never> extends Decider<
  Input,
  F,
  State,
  Refusal
> {
  readonly react: (event: Recorded<F>) => readonly Effect[];
}

/** The state after a history. */
export const fold = <F extends Fact, State>(
  { initial, evolve }: Pick<Decider<never, F, State, unknown>, 'initial' | 'evolve'>,
  history: readonly Recorded<F>[],
): State => history.reduce(evolve, initial);
