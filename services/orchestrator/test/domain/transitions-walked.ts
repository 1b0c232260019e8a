import type { Transition } from '../../src/definitions/draw-lifecycle.js';
import type { CaseFact } from '../../src/domain/facts.js';
import type { CaseWalk } from './findings.js';

/** The outcome by which a fact leaves its step. */
const outcomes: Readonly<Partial<Record<CaseFact['type'], string>>> = {
  AgentStepRecorded: 'done',
  ProposalRecorded: 'proposed',
  AbstentionRecorded: 'abstained',
  StepTimedOut: 'timeout',
  ApprovalRecorded: 'released',
  RejectionRecorded: 'rejected',
  ChangesRequestRecorded: 'changes-requested',
  ApprovalExpiryRecorded: 'expired',
  AssistanceDeclineRecorded: 'declined',
  AssistanceExpiryRecorded: 'expired',
  ExecutionRecorded: 'succeeded',
  ExecutionRefusalRecorded: 'refused',
  ExecutionFailureRecorded: 'failed',
};

/** Each transition that some case took on the walk, once, as the facts tell it. */
export const transitionsIn = ({ moves }: CaseWalk): readonly Transition[] => {
  const taken = new Map<string, Transition>();
  for (const { events } of moves) {
    for (const [n, { type, data }] of events.entries()) {
      const outcome = type === 'CaseRouted' ? (data as { guard: string }).guard : outcomes[type];
      const next = events[n + 1];
      if (outcome === undefined || !next) continue;
      const transition = { from: data.step, outcome, to: next.data.step };
      taken.set(JSON.stringify(transition), transition);
    }
  }
  return [...taken.values()];
};
