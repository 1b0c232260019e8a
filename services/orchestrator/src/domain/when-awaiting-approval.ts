import { ignore, record, type Decision } from '@countersign/decider';
import { stepOf } from './definition.js';
import type { CaseFact } from './facts.js';
import { alarmsOf, answered, cameDue, foreignTo, moveOn, silence, type Turn } from './move-on.js';
import type { InPhase } from './state.js';

/**
 * People decide on one proposal, never on a case. The deadline only asks approvals to end it; the
 * answer alone moves, so that a decision and an expiry cannot both win (rule 6).
 */
export const whenAwaitingApproval = (
  turn: Turn<InPhase<'awaiting-approval'>>,
): Decision<CaseFact> => {
  const { state, rules, body } = turn;
  const { on, state: shown, reaches } = stepOf(rules.definition, state.step, 'approval');
  if (body.type === 'AlarmDue') {
    if (body.data.alarmId !== state.alarmId) return ignore(silence.alarmNotOpen);
    const data = { ...cameDue({ ...turn, body }, shown), proposalId: state.proposalId };
    return record({ type: 'ApprovalExpiryAsked', data, settles: alarmsOf(state) });
  }
  const foreign = foreignTo(state, body.data);
  if (foreign) return ignore(foreign);
  switch (body.type) {
    case 'ApprovalReleased': {
      const { answers: _, ...release } = body.data;
      // What was shown is what is released: the same proposal under another digest is another.
      if (release.digest !== state.digest) return ignore(silence.anotherProposal);
      const data = { ...answered({ ...turn, body }, reaches), ...release };
      return moveOn(turn, { type: 'ApprovalRecorded', data }, on.released);
    }
    case 'ApprovalRejected': {
      const { answers: _, ...refusal } = body.data;
      const data = { ...answered({ ...turn, body }, shown), ...refusal };
      const because = `rejected: ${refusal.reasonCode}`;
      return moveOn(turn, { type: 'RejectionRecorded', data }, on.rejected, because);
    }
    case 'ApprovalChangesRequested': {
      const { answers: _, ...refusal } = body.data;
      const data = { ...answered({ ...turn, body }, shown), ...refusal };
      const because = `changes requested: ${refusal.reasonCode}`;
      const fact = { type: 'ChangesRequestRecorded', data } as const;
      return moveOn(turn, fact, on['changes-requested'], because);
    }
    case 'ApprovalExpired': {
      const { proposalId } = body.data;
      const data = { ...answered({ ...turn, body }, shown), proposalId };
      return moveOn(turn, { type: 'ApprovalExpiryRecorded', data }, on.expired, 'approval expired');
    }
    default:
      return ignore(silence.notExpected);
  }
};
