import type { DecisionRecord, Proposal, ProposalContent, Signature } from './proposal.js';
import type { RequestApproval } from './orchestrator.js';
import type { ReasonCode, Role, Stage } from './case-states.js';
import type { Reference } from './envelope.js';

/**
 * Events that services other than their writer may read. Stored for ever: fields are added, never
 * changed or removed. `personal` names the top-level fields that are sealed.
 */
export interface ApprovalStream {
  ApprovalRequested: RequestApproval & { requestId: string };
  ApprovalDecided: {
    decision: 'approve' | 'reject' | 'request-changes';
    by: { sub: string; role: Role };
    digest: string;
    reasonCode?: ReasonCode | undefined;
    comment?: string | undefined;
    /** Present when the decision is `approve`. */
    record?: DecisionRecord | undefined;
    signature?: Signature | undefined;
  };
  ApprovalReleased: {
    requestId: string;
    proposalId: string;
    digest: string;
    by: { sub: string; role: Role };
  };
  ApprovalRejected: ApprovalRefusal;
  ApprovalChangesRequested: ApprovalRefusal;
  ApprovalExpired: { requestId: string; proposalId: string; firedAt: string };
  ResolutionRequested: { requestId: string; proposalId: string; reason: string; since: string };
  OutcomeResolved: {
    requestId: string;
    proposalId: string;
    outcome: 'done' | 'not-done';
    by: { sub: string; role: Role };
    evidence: string;
  };
}

interface ApprovalRefusal {
  requestId: string;
  proposalId: string;
  by: { sub: string; role: Role };
  reasonCode: ReasonCode;
  comment?: string | undefined;
}

export const approvalStreamPersonal: Readonly<Record<string, readonly string[]>> = {
  ApprovalRequested: ['content', 'input', 'requester'],
  ApprovalDecided: ['comment'],
  ApprovalRejected: ['comment'],
  ApprovalChangesRequested: ['comment'],
  OutcomeResolved: ['evidence'],
};

/** `controls-stages`: who let a tool go how far. The last event of a tool counts. */
export interface StagesStream {
  StageSignedOff: {
    tool: string;
    version: number;
    stage: Stage;
    signedOffBy: string;
    role: Role;
    reason: string;
  };
}

/** `definition-{digest}` and `definition-{kind}-{name}@{version}`. */
export type DefinitionKind = 'workflow' | 'schema' | 'profile' | 'tool' | 'queue' | 'escalation';
export interface DefinitionStream {
  DefinitionStored: {
    kind: DefinitionKind;
    name: string;
    version: number;
    digest: string;
    document: unknown;
  };
  DefinitionNamed: { kind: DefinitionKind } & Reference & {
      /** For a workflow: the CloudEvents types it takes and the schema of their data. */
      accepts?: readonly string[];
      input?: Reference;
    };
}

export type { Proposal, ProposalContent };
