import { ignore, record, type Decision } from '@countersign/decider';
import { stepOf } from './definition.js';
import type { CaseFact } from './facts.js';
import { alarmsOf, answered, cameDue, foreignTo, moveOn, silence, type Turn } from './move-on.js';
import type { InPhase } from './state.js';
import { answersHere } from './when-with-agent.js';

/** A person is asked for the proposal that the agent could not make; another will decide on it. */
export const whenAwaitingAssistance = (
  turn: Turn<InPhase<'awaiting-assistance'>>,
): Decision<CaseFact> => {
  const { state, rules, body } = turn;
  const { on, state: shown, reaches } = stepOf(rules.definition, state.step, 'assist');
  if (body.type === 'AlarmDue') {
    if (body.data.alarmId !== state.alarmId) return ignore(silence.alarmNotOpen);
    const data = cameDue({ ...turn, body }, shown);
    return record({ type: 'AssistanceExpiryAsked', data, settles: alarmsOf(state) });
  }
  const foreign = foreignTo(state, body.data);
  if (foreign) return ignore(foreign);
  switch (body.type) {
    case 'AssistanceProposed': {
      const { proposal, content } = body.data;
      if (!answersHere(state, proposal)) return ignore(silence.anotherProposal);
      const data = { ...answered({ ...turn, body }, reaches), proposal, content };
      return moveOn(turn, { type: 'ProposalRecorded', data }, on.proposed);
    }
    case 'AssistanceDeclined': {
      const { answers: _, ...refusal } = body.data;
      const data = { ...answered({ ...turn, body }, shown), ...refusal };
      const because = `declined: ${refusal.reasonCode}`;
      return moveOn(turn, { type: 'AssistanceDeclineRecorded', data }, on.declined, because);
    }
    case 'AssistanceExpired': {
      const fact = { type: 'AssistanceExpiryRecorded' as const };
      const data = answered({ ...turn, body }, shown);
      return moveOn(turn, { ...fact, data }, on.expired, 'assistance expired');
    }
    default:
      return ignore(silence.notExpected);
  }
};
