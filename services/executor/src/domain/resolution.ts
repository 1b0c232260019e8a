import type { orchestratorSays } from '@countersign/contracts';
import type { Recorded } from '@countersign/decider';
import type { ApprovalFact } from './authority.js';

/** Why a resolution is not believed. */
export type UnbackedResolution =
  'approval-unreadable' | 'resolution-absent' | 'resolution-differs' | 'resolved-by-approver';

/**
 * Whether a person said in `approval-{proposalId}`, after the release, what the command says, and
 * was not the one who approved (decision 18). Undefined when all is well.
 */
export const doubtAbout = (
  command: orchestratorSays.ResolveExecution & { readonly caseId: string },
  history: readonly Recorded<ApprovalFact>[],
): UnbackedResolution | undefined => {
  const requested = history.find((event) => event.type === 'ApprovalRequested');
  const released = history.find((event) => event.type === 'ApprovalReleased');
  const resolved = history.findLast((event) => event.type === 'OutcomeResolved');
  if (!requested || !released || !resolved || resolved.revision < released.revision) {
    return 'resolution-absent';
  }
  const { proposalId, outcome, by } = resolved.data;
  const same =
    requested.data.proposal.caseId === command.caseId &&
    proposalId === command.proposalId &&
    outcome === command.outcome &&
    by.sub === command.by;
  if (!same) return 'resolution-differs';
  return by.sub === released.data.by.sub ? 'resolved-by-approver' : undefined;
};
