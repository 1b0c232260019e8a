import type {
  agentSays,
  approvalsSays,
  CaseOutcome,
  CaseStateName,
  executorSays,
  intakeSays,
  orchestratorSays,
  Proposal,
  ProposalContent,
  Reference,
  SourceEvent,
} from '@countersign/contracts';
import type { Fact } from '@countersign/decider';

// ── Events: what we record, for ever, in stream `case-{caseId}` ─────────────────────────────
// Fields are added, never changed or removed; test/golden keeps real streams.

/** Where the case stands after the fact. */
export interface Standing {
  /** Digest of the definition that the case runs under. */
  readonly definition: string;
  readonly state: CaseStateName;
  readonly step: string;
  /** Counts from 1; 0 where the step was never entered. */
  readonly visit: number;
}

/** An answer to a request of ours: to which, since when it was awaited, and whose word it is. */
export interface Answered extends Standing {
  readonly requestId: string;
  /** When the request was made. */
  readonly since: string;
  /** When the answerer says it happened. */
  readonly occurredAt: string;
  readonly peer: SourceEvent;
}

/** A deadline came before an answer to `requestId`. */
export interface CameDue extends Standing {
  readonly requestId: string;
  readonly since: string;
  readonly alarmId: string;
  readonly firedAt: string;
}

type Of<Data, Omitted extends string = 'answers'> = Standing &
  Omit<Data, 'step' | 'visit' | Omitted>;
type From<Data> = Answered & Omit<Data, 'answers'>;

export type CaseFact =
  | Fact<
      'CaseOpened',
      Standing &
        intakeSays.CaseReceived & {
          readonly caseId: string;
          readonly workflow: Reference;
          readonly occurredAt: string;
          readonly peer: SourceEvent;
        }
    >
  | Fact<'CaseRouted', Standing & Routing>
  | Fact<'AgentStepAsked', Of<orchestratorSays.RunAgentStep>>
  | Fact<'AgentStepRecorded', From<agentSays.AgentStepDone>>
  | Fact<'AbstentionRecorded', From<agentSays.AgentAbstained>>
  | Fact<'StepTimedOut', CameDue>
  | Fact<'ProposalRecorded', Answered & { proposal: Proposal; content: ProposalContent }>
  | Fact<'ApprovalAsked', Of<orchestratorSays.RequestApproval, 'caseRevision'>>
  | Fact<'ApprovalExpiryAsked', CameDue & { readonly proposalId: string }>
  | Fact<'ApprovalRecorded', From<approvalsSays.ApprovalReleased>>
  | Fact<'RejectionRecorded', From<approvalsSays.ApprovalRejected>>
  | Fact<'ChangesRequestRecorded', From<approvalsSays.ApprovalChangesRequested>>
  | Fact<'ApprovalExpiryRecorded', From<approvalsSays.ApprovalExpired>>
  | Fact<'AssistanceAsked', Of<orchestratorSays.RequestAssistance>>
  | Fact<'AssistanceExpiryAsked', CameDue>
  | Fact<'AssistanceDeclineRecorded', From<approvalsSays.AssistanceDeclined>>
  | Fact<'AssistanceExpiryRecorded', From<approvalsSays.AssistanceExpired>>
  | Fact<'ExecutionAsked', Of<orchestratorSays.ExecuteAction> & { readonly dueAt: string }>
  | Fact<'ExecutionOverdue', CameDue & { readonly proposalId: string; readonly calls: string }>
  | Fact<'ExecutionRecorded', From<executorSays.ExecutionSucceeded>>
  | Fact<'ExecutionRefusalRecorded', From<executorSays.ExecutionRefused>>
  | Fact<'ExecutionFailureRecorded', From<executorSays.ExecutionFailed>>
  | Fact<'UncertaintyRecorded', Answered & Uncertainty>
  | Fact<'ResolutionAsked', Standing & Uncertainty>
  | Fact<'ResolutionOverdue', CameDue & { readonly proposalId: string; readonly calls: string }>
  | Fact<'ResolutionRecorded', From<approvalsSays.OutcomeResolved>>
  | Fact<'VisitsExhausted', Standing & { readonly to: string }>
  | Fact<
      'CaseEnded',
      Standing & { readonly outcome: CaseOutcome; readonly reason?: string | undefined }
    >;

export interface Routing {
  readonly to: string;
  /** The guard that held, as written; `else` when none did. */
  readonly guard: string;
  /** Guards that could not be evaluated, with the evaluator's code; each counted as false. */
  readonly unreadable: readonly { readonly guard: string; readonly code: string }[];
}

interface Uncertainty {
  readonly proposalId: string;
  readonly reason: string;
  /** From when on nobody knows. */
  readonly uncertainSince: string;
}

export type FactOf<Type extends CaseFact['type']> = Extract<CaseFact, { type: Type }>;

/** Fields that speak of people, by fact; sealed under the case's subject. */
export const casePersonal: Readonly<Partial<Record<CaseFact['type'], readonly string[]>>> = {
  CaseOpened: ['input', 'requester'],
  AgentStepAsked: ['context'],
  AgentStepRecorded: ['result'],
  AbstentionRecorded: ['explanation'],
  ProposalRecorded: ['content'],
  ApprovalAsked: ['content', 'input', 'requester'],
  RejectionRecorded: ['comment'],
  ChangesRequestRecorded: ['comment'],
  AssistanceAsked: ['context', 'requester'],
  AssistanceDeclineRecorded: ['comment'],
  ResolutionRecorded: ['evidence'],
};
