import type { Reference } from '@countersign/contracts';
import type { FactOf, ReadPurpose, RunFact, ToolRefusal } from './facts.js';
import type { Answered, CallFailed, FailureKind, ModelAnswer, ToolAnswer } from './outcomes.js';

/** How far a run has come: what was asked and answered so far, and what it has cost. */
export interface Course {
  /** What a model would need to be told to go on from here. */
  readonly turns: readonly Turn[];
  /** Begun, and not answered as far as the stream knows. */
  readonly open?: Call | undefined;
  /** The call that failed last, when nothing came after it yet. */
  readonly failed?: { readonly call: Call; readonly failure: CallFailed } | undefined;
  /** Calls begun, repeats and lost ones included; the number of the last one. */
  readonly calls: number;
  /** What answers cost, and what is charged for calls without an answer. */
  readonly tokens: number;
}

export type Turn = ModelTurn | ToolTurn | RefusedTurn;
export interface ModelTurn {
  readonly kind: 'model';
  readonly answer: ModelAnswer;
}
export interface ToolTurn {
  readonly kind: 'tool';
  readonly call: ToolCall;
  readonly answer: ToolAnswer;
}
export interface RefusedTurn {
  readonly kind: 'refused';
  readonly of: number;
  readonly reason: ToolRefusal;
}

interface Begun {
  readonly number: number;
  readonly attempt: number;
  readonly pauseMs: number;
}
export interface ModelCall extends Begun {
  readonly kind: 'model';
  readonly chargedTokens: number;
}
export interface ToolCall extends Begun {
  readonly kind: 'tool';
  readonly purpose: ReadPurpose;
  readonly of: number;
  readonly tool: Reference;
  readonly arguments: Record<string, unknown>;
}
export type Call = ModelCall | ToolCall;

export const notBegun: Course = { turns: [], calls: 0, tokens: 0 };

/** What stands after the outcome of the open call; an outcome of another call changes nothing. */
export const settle = (course: Course, { call, outcome }: Answered): Course => {
  const { open, ...rest } = course;
  if (open?.number !== call) return course;
  switch (outcome.kind) {
    case 'call-failed': {
      const tokens = course.tokens - refund(open, outcome);
      return { ...rest, failed: { call: open, failure: outcome }, tokens };
    }
    case 'model-answer':
      if (open.kind !== 'model') return course;
      return {
        ...rest,
        turns: [...course.turns, { kind: 'model', answer: outcome }],
        tokens: course.tokens + correction(open, outcome),
      };
    case 'tool-answer':
      if (open.kind !== 'tool') return course;
      return { ...rest, turns: [...course.turns, { kind: 'tool', call: open, answer: outcome }] };
  }
};

/** From the charge to the true cost, when the endpoint says it. */
const correction = ({ chargedTokens }: ModelCall, { usage }: ModelAnswer): number =>
  usage ? usage.promptTokens + usage.answerTokens - chargedTokens : 0;

/** Failures after which an endpoint cannot have written anything. */
const freeOfCharge: readonly FailureKind[] = ['rate-limited', 'unreachable', 'rejected'];
const refund = (call: Call, { failure }: CallFailed): number =>
  call.kind === 'model' && freeOfCharge.includes(failure) ? call.chargedTokens : 0;

/** What stands after a fact, the outcome that it carries included. */
export const advance = (course: Course, fact: RunFact): Course => {
  const answered = 'answered' in fact.data ? fact.data.answered : undefined;
  const settled = answered ? settle(course, answered) : course;
  switch (fact.type) {
    case 'ModelCallStarted':
      return withModelCall(settled, fact.data);
    case 'ToolCallStarted':
      return withToolCall(settled, fact.data);
    case 'ToolCallRefused': {
      const { of, reason } = fact.data;
      return { ...settled, turns: [...settled.turns, { kind: 'refused', of, reason }] };
    }
    default:
      return settled;
  }
};

const begunBy = ({
  call,
  attempt,
  pauseMs = 0,
}: FactOf<'ModelCallStarted'>['data'] | ToolData) => ({
  number: call,
  attempt,
  pauseMs,
});
type ToolData = FactOf<'ToolCallStarted'>['data'];

const withModelCall = (course: Course, data: FactOf<'ModelCallStarted'>['data']): Course => ({
  ...course,
  failed: undefined,
  open: { kind: 'model', ...begunBy(data), chargedTokens: data.chargedTokens },
  calls: data.call,
  tokens: course.tokens + data.chargedTokens,
});

const withToolCall = (course: Course, data: ToolData): Course => {
  const { purpose, of, tool, arguments: args } = data;
  return {
    ...course,
    failed: undefined,
    open: { kind: 'tool', ...begunBy(data), purpose, of, tool, arguments: args },
    calls: data.call,
  };
};

/** The model's last answer, and what was done about it since. */
export const sinceLastAnswer = ({
  turns,
}: Course): { answer: ModelAnswer; since: readonly (ToolTurn | RefusedTurn)[] } | undefined => {
  const place = turns.findLastIndex(({ kind }) => kind === 'model');
  const turn = turns[place];
  if (turn?.kind !== 'model') return undefined;
  return { answer: turn.answer, since: turns.slice(place + 1) as (ToolTurn | RefusedTurn)[] };
};

export const modelAnswersIn = ({ turns }: Course): number =>
  turns.filter(({ kind }) => kind === 'model').length;
/** Reads that the model asked for; taking a witness is our own doing. */
export const askedReadsIn = ({ turns }: Course): number =>
  turns.filter((turn) => turn.kind === 'tool' && turn.call.purpose === 'asked').length;
