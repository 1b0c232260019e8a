import { topics, type orchestratorSays, type Service } from '@countersign/contracts';
import type { Effect, Recorded } from '@countersign/decider';
import type { CaseFact } from './facts.js';

// ── React: what each recorded fact asks of the other services; from the event alone ─────────

/** Facts that ask for something, and the message that they make. */
const messageOf = {
  AgentStepAsked: 'RunAgentStep',
  ApprovalAsked: 'RequestApproval',
  ApprovalExpiryAsked: 'ExpireApproval',
  AssistanceAsked: 'RequestAssistance',
  AssistanceExpiryAsked: 'ExpireAssistance',
  ExecutionAsked: 'ExecuteAction',
  ResolutionAsked: 'RequestResolution',
  ResolutionRecorded: 'ResolveExecution',
  CaseEnded: 'RecordOutcome',
} as const satisfies Partial<Record<CaseFact['type'], string>>;

type Asking = Recorded<Extract<CaseFact, { type: keyof typeof messageOf }>>;

const hearerOf: Readonly<Record<Asking['type'], Service>> = {
  AgentStepAsked: 'agent',
  ApprovalAsked: 'approvals',
  ApprovalExpiryAsked: 'approvals',
  AssistanceAsked: 'approvals',
  AssistanceExpiryAsked: 'approvals',
  ExecutionAsked: 'executor',
  ResolutionAsked: 'approvals',
  ResolutionRecorded: 'executor',
  CaseEnded: 'intake',
};

const asks = (event: Recorded<CaseFact>): event is Asking => event.type in messageOf;

/** `type:step#visit`; with the event's id it gives the message's, which is the request's. */
export const requestNameOf = ({ type, data }: Asking): string =>
  `${messageOf[type]}:${data.step}#${data.visit}`;

export const react = (event: Recorded<CaseFact>): readonly Effect[] => {
  if (!asks(event)) return [];
  return [
    {
      name: requestNameOf(event),
      topic: topics.commands(hearerOf[event.type]),
      type: messageOf[event.type],
      data: dataOf(event),
    },
  ];
};

const dataOf = (event: Asking): unknown => {
  switch (event.type) {
    case 'AgentStepAsked': {
      const { step, visit, profile, deadline, supersedes, context } = event.data;
      return { step, visit, profile, deadline, supersedes, context } satisfies Says['RunAgentStep'];
    }
    case 'ApprovalAsked': {
      const { definition: _, state: __, ...asked } = event.data;
      return { ...asked, caseRevision: event.revision } satisfies Says['RequestApproval'];
    }
    case 'ApprovalExpiryAsked': {
      const { proposalId, requestId, firedAt } = event.data;
      return { proposalId, requestId, firedAt } satisfies Says['ExpireApproval'];
    }
    case 'AssistanceAsked': {
      const { definition: _, state: __, ...asked } = event.data;
      return asked satisfies Says['RequestAssistance'];
    }
    case 'AssistanceExpiryAsked': {
      const { requestId, firedAt } = event.data;
      return { requestId, firedAt } satisfies Says['ExpireAssistance'];
    }
    case 'ExecutionAsked': {
      const { step, visit, proposalId, digest, releaseRevision } = event.data;
      const authority = { proposalId, digest, releaseRevision };
      return { step, visit, ...authority } satisfies Says['ExecuteAction'];
    }
    case 'ResolutionAsked': {
      const { proposalId, reason, uncertainSince: since } = event.data;
      return { proposalId, reason, since } satisfies Says['RequestResolution'];
    }
    case 'ResolutionRecorded': {
      const { proposalId, outcome, by } = event.data;
      return { proposalId, outcome, by: by.sub } satisfies Says['ResolveExecution'];
    }
    case 'CaseEnded': {
      const { outcome, reason } = event.data;
      return { outcome, reason, endedAt: event.recordedAt } satisfies Says['RecordOutcome'];
    }
  }
};

interface Says {
  RunAgentStep: orchestratorSays.RunAgentStep;
  RequestApproval: orchestratorSays.RequestApproval;
  ExpireApproval: orchestratorSays.ExpireApproval;
  RequestAssistance: orchestratorSays.RequestAssistance;
  ExpireAssistance: orchestratorSays.ExpireAssistance;
  ExecuteAction: orchestratorSays.ExecuteAction;
  RequestResolution: orchestratorSays.RequestResolution;
  ResolveExecution: orchestratorSays.ResolveExecution;
  RecordOutcome: orchestratorSays.RecordOutcome;
}
