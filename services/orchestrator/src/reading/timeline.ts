import type { Actor, CaseStateName, SourceEvent } from '@countersign/contracts';
import type { Recorded } from '@countersign/decider';
import type { CaseFact } from '../domain/facts.js';

/** One line of a case's story: who, what, when, why, and how long it took. */
export interface TimelineEntry {
  readonly revision: number;
  /** Event type, for programs. */
  readonly type: CaseFact['type'];
  /** The same for people. */
  readonly what: string;
  readonly actor: Actor;
  readonly step: string;
  readonly visit: number;
  readonly from: CaseStateName | null;
  readonly to: CaseStateName;
  readonly recordedAt: string;
  /** When the answerer says it happened, for an answer of another service. */
  readonly occurredAt?: string;
  /** A reason code, a rule or a deadline; never words of a model or a customer. */
  readonly why?: string;
  /** Milliseconds since the entry before. */
  readonly tookMs: number;
  /** Milliseconds since the request that this answers was made. */
  readonly awaitedMs?: number;
  /** The event of the answering service. */
  readonly peer?: SourceEvent;
}

/** The story of a case from `case-*` alone (decision 20). */
export const timelineOf = (events: readonly Recorded<CaseFact>[]): readonly TimelineEntry[] =>
  events.map((event, index) => {
    const before = events[index - 1];
    const { data } = event;
    const told = tell(event);
    return {
      revision: event.revision,
      type: event.type,
      what: told.what,
      actor: event.actor,
      step: data.step,
      visit: data.visit,
      from: before?.data.state ?? null,
      to: data.state,
      recordedAt: event.recordedAt,
      ...('occurredAt' in data && { occurredAt: data.occurredAt }),
      ...(told.why !== undefined && { why: told.why }),
      tookMs: before ? between(before.recordedAt, event.recordedAt) : 0,
      ...('since' in data && { awaitedMs: between(data.since, event.recordedAt) }),
      ...('peer' in data && { peer: data.peer }),
    };
  });

const between = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

interface Told {
  readonly what: string;
  readonly why?: string | undefined;
}

const tell = (event: Recorded<CaseFact>): Told => {
  switch (event.type) {
    case 'CaseOpened':
      return {
        what: `opened under ${event.data.workflow.name}@${event.data.workflow.version}`,
        why: event.data.eventType,
      };
    case 'CaseRouted':
      return { what: `routed to ${event.data.to}`, why: event.data.guard };
    case 'VisitsExhausted':
      return { what: `${event.data.step} visited often enough, handed to ${event.data.to}` };
    case 'CaseEnded':
      return { what: `ended: ${event.data.outcome}`, why: event.data.reason };
    case 'AgentStepAsked':
    case 'AgentStepRecorded':
    case 'AbstentionRecorded':
    case 'StepTimedOut':
    case 'ProposalRecorded':
      return tellOfAgent(event);
    case 'ExecutionAsked':
    case 'ExecutionOverdue':
    case 'ExecutionRecorded':
    case 'ExecutionRefusalRecorded':
    case 'ExecutionFailureRecorded':
    case 'UncertaintyRecorded':
    case 'ResolutionAsked':
    case 'ResolutionOverdue':
    case 'ResolutionRecorded':
      return tellOfExecution(event);
    default:
      return tellOfPeople(event);
  }
};

type Of<Type extends CaseFact['type']> = Extract<Recorded<CaseFact>, { type: Type }>;

const tellOfAgent = (
  event: Of<
    | 'AgentStepAsked'
    | 'AgentStepRecorded'
    | 'AbstentionRecorded'
    | 'StepTimedOut'
    | 'ProposalRecorded'
  >,
): Told => {
  switch (event.type) {
    case 'AgentStepAsked': {
      const { profile, deadline } = event.data;
      return { what: `asked ${profile.name}@${profile.version}`, why: `answer due ${deadline}` };
    }
    case 'AgentStepRecorded':
      return { what: `${event.data.step} done` };
    case 'AbstentionRecorded':
      return { what: 'the agent abstained', why: event.data.reason };
    case 'StepTimedOut':
      return { what: `no answer to ${event.data.step} in time`, why: 'deadline' };
    case 'ProposalRecorded': {
      const { tool, flags } = event.data.proposal;
      return {
        what: `proposed ${tool.name}@${tool.version}`,
        why: flags.length > 0 ? `flags: ${flags.join(', ')}` : undefined,
      };
    }
  }
};

const tellOfPeople = (
  event: Of<
    | 'ApprovalAsked'
    | 'ApprovalRecorded'
    | 'RejectionRecorded'
    | 'ChangesRequestRecorded'
    | 'ApprovalExpiryAsked'
    | 'ApprovalExpiryRecorded'
    | 'AssistanceAsked'
    | 'AssistanceDeclineRecorded'
    | 'AssistanceExpiryAsked'
    | 'AssistanceExpiryRecorded'
  >,
): Told => {
  switch (event.type) {
    case 'ApprovalAsked':
      return { what: `asked ${event.data.queue.name}`, why: `expires ${event.data.expiresAt}` };
    case 'ApprovalRecorded':
      return { what: 'approved and released', why: `as ${event.data.by.role}` };
    case 'RejectionRecorded':
      return { what: 'rejected', why: event.data.reasonCode };
    case 'ChangesRequestRecorded':
      return { what: 'changes requested', why: event.data.reasonCode };
    case 'ApprovalExpiryAsked':
    case 'AssistanceExpiryAsked':
      return { what: 'nobody answered in time', why: 'deadline' };
    case 'ApprovalExpiryRecorded':
      return { what: 'the proposal expired' };
    case 'AssistanceAsked':
      return { what: `asked ${event.data.queue.name} for a proposal`, why: event.data.reason };
    case 'AssistanceDeclineRecorded':
      return { what: 'declined to propose', why: event.data.reasonCode };
    case 'AssistanceExpiryRecorded':
      return { what: 'the request for a proposal expired' };
  }
};

const tellOfExecution = (
  event: Of<
    | 'ExecutionAsked'
    | 'ExecutionOverdue'
    | 'ExecutionRecorded'
    | 'ExecutionRefusalRecorded'
    | 'ExecutionFailureRecorded'
    | 'UncertaintyRecorded'
    | 'ResolutionAsked'
    | 'ResolutionOverdue'
    | 'ResolutionRecorded'
  >,
): Told => {
  switch (event.type) {
    case 'ExecutionAsked':
      return { what: 'asked the executor', why: `overdue after ${event.data.dueAt}` };
    case 'ExecutionOverdue':
      return { what: `overdue, ${event.data.calls} is called`, why: 'deadline' };
    case 'ExecutionRecorded':
      return {
        what: 'executed once',
        why: event.data.resolvedBy && `confirmed by ${event.data.resolvedBy}`,
      };
    case 'ExecutionRefusalRecorded':
      return { what: 'the executor refused', why: event.data.reason };
    case 'ExecutionFailureRecorded':
      return {
        what: 'proven not done',
        why: event.data.resolvedBy && `confirmed by ${event.data.resolvedBy}`,
      };
    case 'UncertaintyRecorded':
      return { what: 'nobody knows whether it was done', why: event.data.reason };
    case 'ResolutionAsked': {
      const dueAt = event.opens[0]?.dueAt;
      return { what: 'a person is asked to find out', why: dueAt && `overdue after ${dueAt}` };
    }
    case 'ResolutionOverdue':
      return { what: `nobody found out, ${event.data.calls} is called`, why: 'deadline' };
    case 'ResolutionRecorded':
      return { what: `found to be ${event.data.outcome}`, why: `by ${event.data.by.sub}` };
  }
};
