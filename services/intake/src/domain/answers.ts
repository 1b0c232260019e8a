import type { intakeSays } from '@countersign/contracts';
import {
  ignore,
  record,
  type Decision,
  type Effect,
  type Fact,
  type ProcessManager,
  type Recorded,
  type Told,
} from '@countersign/decider';
import { toUpstream } from './intake.js';

// What intake answers to a record of upstream that opened no case. Each such record has a stream of
// its own, so that a sender in a loop makes no stream longer, and one that is delivered twice is
// answered once.

// ── Inputs ──────────────────────────────────────────────────────────────────────────────────

export type AnswerInput =
  | { readonly type: 'Repeated'; readonly data: intakeSays.DuplicatePublished }
  | { readonly type: 'Refused'; readonly data: intakeSays.RejectionPublished };

// ── Events: what we record, for ever, in stream `intake-{recordId}` ─────────────────────────

export type AnswerFact =
  | Fact<'RecordRepeated', intakeSays.DuplicatePublished>
  | Fact<'RecordRefused', intakeSays.RejectionPublished>;

// ── State ───────────────────────────────────────────────────────────────────────────────────

export interface AnswerState {
  readonly answered: boolean;
}

// ── Decide, evolve, react ───────────────────────────────────────────────────────────────────

const decide = ({ body }: Told<AnswerInput>, { answered }: AnswerState): Decision<AnswerFact> => {
  if (answered) return ignore('answered before');
  return body.type === 'Repeated'
    ? record({ type: 'RecordRepeated', data: body.data })
    : record({ type: 'RecordRefused', data: body.data });
};

const react = ({ type, data }: Recorded<AnswerFact>): readonly Effect[] => [
  toUpstream(type === 'RecordRepeated' ? 'DuplicatePublished' : 'RejectionPublished', data),
];

export const recordAnswers: ProcessManager<AnswerInput, AnswerFact, AnswerState> = {
  initial: { answered: false },
  decide,
  evolve: () => ({ answered: true }),
  react,
};

export const isAnswer = (event: Recorded<Fact>): event is Recorded<AnswerFact> =>
  event.type === 'RecordRepeated' || event.type === 'RecordRefused';
