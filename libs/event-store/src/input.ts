import type { Actor, Message, SourceEvent } from '@countersign/contracts';

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

/** The subject under whose key an event's personal fields are sealed. */
export const sealedFor = (input: { caseId: string; subjects: readonly string[] }): string =>
  input.subjects[0] ?? `case:${input.caseId}`;
