import { proposalIdOf, type Proposal } from '@countersign/contracts';
import { ignore, type Decision } from '@countersign/decider';
import { stepOf } from './definition.js';
import type { CaseFact } from './facts.js';
import { answered, cameDue, foreignTo, moveOn, silence, type Turn } from './move-on.js';
import type { InPhase, WaitingState } from './state.js';

/** The agent works; its answer or the deadline moves the case on. */
export const whenWithAgent = (turn: Turn<InPhase<'with-agent'>>): Decision<CaseFact> => {
  const { state, rules, body } = turn;
  const { on, state: shown, reaches } = stepOf(rules.definition, state.step, 'agent');
  if (body.type === 'AlarmDue') {
    if (body.data.alarmId !== state.alarmId) return ignore(silence.alarmNotOpen);
    const data = cameDue({ ...turn, body }, shown);
    return moveOn(turn, { type: 'StepTimedOut', data }, on.timeout, `timed out: ${state.step}`);
  }
  const foreign = foreignTo(state, body.data);
  if (foreign) return ignore(foreign);
  switch (body.type) {
    case 'AgentStepDone': {
      if (on.done === undefined) return ignore(silence.notExpected);
      const data = { ...answered({ ...turn, body }, reaches), result: body.data.result };
      return moveOn(turn, { type: 'AgentStepRecorded', data }, on.done);
    }
    case 'ProposalSubmitted': {
      const { proposal, content } = body.data;
      if (on.proposed === undefined) return ignore(silence.notExpected);
      if (!answersHere(state, proposal)) return ignore(silence.anotherProposal);
      const data = { ...answered({ ...turn, body }, reaches), proposal, content };
      return moveOn(turn, { type: 'ProposalRecorded', data }, on.proposed);
    }
    case 'AgentAbstained': {
      const { reason, explanation } = body.data;
      const data = { ...answered({ ...turn, body }, 'abstained'), reason, explanation };
      return moveOn(
        turn,
        { type: 'AbstentionRecorded', data },
        on.abstained,
        `abstained: ${reason}`,
      );
    }
    default:
      return ignore(silence.notExpected);
  }
};

/**
 * A proposal is taken only for the case and request that it was asked for, under the one id that
 * this request can give: nobody can slip in one that was decided on elsewhere.
 */
export const answersHere = ({ memory, requestId }: WaitingState, proposal: Proposal): boolean =>
  proposal.caseId === memory.caseId &&
  proposal.requestId === requestId &&
  proposal.proposalId === proposalIdOf(requestId);
