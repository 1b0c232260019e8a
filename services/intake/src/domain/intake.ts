import {
  topics,
  type IntakeRefusalCode,
  type intakeSays,
  type orchestratorSays,
  type UpstreamRecord,
} from '@countersign/contracts';
import {
  ignore,
  record,
  refuse,
  type Decision,
  type Effect,
  type Fact,
  type ProcessManager,
  type Recorded,
  type Told,
} from '@countersign/decider';

// ── Inputs: what upstream sends, and what the orchestrator asks ─────────────────────────────

/** An upstream event whose data fits the schema of its type. */
export interface Submitted {
  readonly type: 'Submitted';
  readonly event: UpstreamEvent;
  /** Where it was published; absent when it came over HTTP. */
  readonly record?: UpstreamRecord | undefined;
}
/** An upstream event with a known source and id that cannot be taken as it is. */
export interface Malformed {
  readonly type: 'Malformed';
  readonly source: string;
  readonly sourceId: string;
  readonly code: IntakeRefusalCode;
  readonly problems: readonly FieldProblem[];
  /** What upstream is told of them; absent where another event tells it (`answers.ts`). */
  readonly told?: readonly FieldProblem[] | undefined;
}
export interface OutcomeAsked {
  readonly type: 'RecordOutcome';
  readonly data: orchestratorSays.RecordOutcome;
}
export type IntakeInput = Submitted | Malformed | OutcomeAsked;

export interface UpstreamEvent {
  readonly source: string;
  readonly sourceId: string;
  readonly eventType: string;
  readonly subject?: string | undefined;
  readonly requester?: string | undefined;
  readonly input: Record<string, unknown>;
}
/** What is wrong, and where: `pointer` is an RFC 6901 pointer; the value itself is never kept. */
export interface FieldProblem {
  readonly pointer: string;
  readonly message: string;
}

// ── Events: what we record, for ever, in stream `intake-{caseId}` ───────────────────────────

export type IntakeFact =
  | Fact<'IntakeAccepted', UpstreamEvent & { readonly record?: UpstreamRecord | undefined }>
  | Fact<'IntakeRejected', Omit<Malformed, 'type' | 'code'> & { code?: IntakeRefusalCode }>
  | Fact<'OutcomeRecorded', orchestratorSays.RecordOutcome & { source: string; sourceId: string }>;

/** The problems too: a pointer ends in a name that the sender chose, and that may be a person's. */
export const intakePersonal = {
  IntakeAccepted: ['input', 'requester', 'subject'],
  IntakeRejected: ['problems'],
};

// ── State: only what the next decision needs ────────────────────────────────────────────────

export interface IntakeState {
  readonly rejections: number;
  readonly accepted?: UpstreamEvent;
  readonly outcome?: orchestratorSays.RecordOutcome;
}

/** Another body under an id that was accepted: upstream must choose a new id. */
export type IntakeRefusal = 'another-body';

/** Rejections kept per id, so that a sender in a loop cannot grow a stream without end. */
const rejectionsMax = 10;

// ── Decide ──────────────────────────────────────────────────────────────────────────────────

const decide =
  (sameBody: (a: unknown, b: unknown) => boolean) =>
  ({ body }: Told<IntakeInput>, state: IntakeState): Decision<IntakeFact, IntakeRefusal> => {
    switch (body.type) {
      case 'Submitted':
        return whenSubmitted(body, state, sameBody);
      case 'Malformed':
        return whenMalformed(body, state);
      case 'RecordOutcome':
        return whenOutcomeAsked(body.data, state);
    }
  };

const whenSubmitted = (
  { event, record: from }: Submitted,
  { accepted }: IntakeState,
  sameBody: (a: unknown, b: unknown) => boolean,
): Decision<IntakeFact, IntakeRefusal> => {
  if (!accepted) return record({ type: 'IntakeAccepted', data: { ...event, record: from } });
  return sameBody(bodyOf(accepted), bodyOf(event)) ? ignore('duplicate') : refuse('another-body');
};

/** What makes two sendings the same (decision 17): time, trace and mode do not count. */
export const bodyOf = ({ eventType, subject, input }: UpstreamEvent) => ({
  type: eventType,
  subject: subject ?? null,
  data: input,
});

const whenMalformed = (
  { type: _, ...rejection }: Malformed,
  { accepted, rejections }: IntakeState,
): Decision<IntakeFact> => {
  if (accepted) return ignore('already accepted');
  if (rejections >= rejectionsMax) return ignore('rejected often enough');
  return record({ type: 'IntakeRejected', data: rejection });
};

const whenOutcomeAsked = (
  asked: orchestratorSays.RecordOutcome,
  { accepted, outcome }: IntakeState,
): Decision<IntakeFact> => {
  if (!accepted) return ignore('never accepted here');
  if (outcome) return ignore('outcome known');
  const { source, sourceId } = accepted;
  return record({ type: 'OutcomeRecorded', data: { ...asked, source, sourceId } });
};

// ── Evolve ──────────────────────────────────────────────────────────────────────────────────

const evolve = (state: IntakeState, event: Recorded<IntakeFact>): IntakeState => {
  switch (event.type) {
    case 'IntakeAccepted':
      return { ...state, accepted: event.data };
    case 'IntakeRejected':
      return { ...state, rejections: state.rejections + 1 };
    case 'OutcomeRecorded': {
      const { outcome, reason, endedAt } = event.data;
      return { ...state, outcome: { outcome, reason, endedAt } };
    }
  }
};

// ── React: the orchestrator hears of a case once, upstream of its beginning and its end ─────

const react = (event: Recorded<IntakeFact>): readonly Effect[] => {
  switch (event.type) {
    case 'IntakeAccepted': {
      const { source, sourceId, eventType, requester, input, record: from } = event.data;
      const data: intakeSays.CaseReceived = { source, sourceId, eventType, requester, input };
      const told: intakeSays.AcceptancePublished = { source, sourceId, eventType, record: from };
      return [
        { name: 'CaseReceived', topic: topics.answers('intake'), type: 'CaseReceived', data },
        toUpstream('AcceptancePublished', told),
      ];
    }
    case 'IntakeRejected': {
      const { source, sourceId, code, told } = event.data;
      if (!code || !told) return [];
      const data: intakeSays.RejectionPublished = { source, sourceId, code, problems: [...told] };
      return [toUpstream('RejectionPublished', data)];
    }
    case 'OutcomeRecorded': {
      const { source, sourceId, outcome, reason } = event.data;
      const data: intakeSays.CaseOutcomePublished = { source, sourceId, outcome, reason };
      return [toUpstream('CaseOutcomePublished', data)];
    }
  }
};

/** One of each kind an event, so that its type is its name. */
export const toUpstream = (type: string, data: object): Effect => ({
  name: type,
  topic: topics.outcomes,
  type,
  data,
});

/** @param sameBody whether two bodies are equal in canonical form */
export const intake = (
  sameBody: (a: unknown, b: unknown) => boolean,
): ProcessManager<IntakeInput, IntakeFact, IntakeState, IntakeRefusal> => ({
  initial: { rejections: 0 },
  decide: decide(sameBody),
  evolve,
  react,
});
