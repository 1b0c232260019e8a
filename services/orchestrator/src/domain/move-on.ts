import { record, type Decision, type Told } from '@countersign/decider';
import { andThen, enter, type Rules } from './enter-step.js';
import type { Answered, CameDue, CaseFact, Standing } from './facts.js';
import type { AlarmDue, CaseInput, HeardInput } from './inputs.js';
import type { WaitingState } from './state.js';

/** What one phase decides with: its state, the rules, and what it was told. */
export interface Turn<State, Body = CaseInput> {
  readonly state: State;
  readonly rules: Rules;
  readonly told: Omit<Told<unknown>, 'body'>;
  readonly body: Body;
}

/** The step is left: its alarm no longer matters, and the case goes on to `target`. */
export const moveOn = (
  { state, rules }: Pick<Turn<WaitingState>, 'state' | 'rules'>,
  fact: CaseFact,
  target: string,
  because?: string,
): Decision<CaseFact> => {
  const settled = { ...fact, settles: alarmsOf(state) };
  const course = andThen({ facts: [], memory: state.memory }, settled);
  return record(...enter(rules, course, target, because).facts);
};

/** What every recorded answer says of itself. */
export const answered = (
  { state, told, body }: Turn<WaitingState, HeardInput>,
  shown: Standing['state'],
): Answered => ({
  ...standsAt(state, shown),
  requestId: state.requestId,
  since: state.since,
  occurredAt: told.occurredAt,
  peer: body.peer,
});

/** What every fact about a deadline says. */
export const cameDue = (
  { state, body }: Turn<WaitingState, AlarmDue>,
  shown: Standing['state'],
): CameDue => ({
  ...standsAt(state, shown),
  requestId: state.requestId,
  since: state.since,
  alarmId: body.data.alarmId,
  firedAt: body.data.firedAt,
});

export const standsAt = (
  { memory, step, visit }: WaitingState,
  shown: Standing['state'],
): Standing => ({ definition: memory.definition, state: shown, step, visit });

export const alarmsOf = ({ alarmId }: WaitingState): readonly string[] =>
  alarmId === undefined ? [] : [alarmId];

/** Why an answer is not one to what is outstanding here; nothing when it is. */
export const foreignTo = (
  state: WaitingState,
  data: object,
  alsoOutstanding?: string,
): string | undefined => {
  const { answers, proposalId } = data as { answers?: string; proposalId?: string };
  const outstanding = answers === state.requestId || answers === alsoOutstanding;
  if (answers === undefined || !outstanding) return silence.notOutstanding;
  const another =
    'proposalId' in state && proposalId !== undefined && proposalId !== state.proposalId;
  return another ? silence.anotherProposal : undefined;
};

/** Why an input moved nothing; counted, so that silence can be seen. */
export const silence = {
  unopened: 'the case was never opened here',
  ended: 'the case has ended',
  alreadyOpen: 'the case is open already',
  notOutstanding: 'it answers nothing that is outstanding',
  alarmNotOpen: 'the alarm is not open',
  notExpected: 'this step does not expect it',
  anotherProposal: 'it speaks of another proposal',
  known: 'that is known already',
} as const;
