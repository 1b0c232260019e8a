import type { Recorded } from '@countersign/decider';
import type { CaseFact } from '../domain/facts.js';

/** Whom or what a case waits for, since when, what fires next, and what unblocks it. */
export interface Waiting {
  readonly on: 'agent' | 'people' | 'executor';
  readonly what: string;
  readonly since: string;
  /** Queue and its owner, when people are asked. */
  readonly queue?: string;
  readonly owner?: string;
  /** What happens by itself, and when. */
  readonly next?: { readonly at: string; readonly what: string };
  /** Set when a deadline passed that moves nothing: somebody should look. */
  readonly overdueSince?: string;
  /** Who was called then. */
  readonly called?: string;
  /** Commands that move the case on now. */
  readonly unblock: readonly string[];
}

const askedTypes = [
  'AgentStepAsked',
  'ApprovalAsked',
  'AssistanceAsked',
  'ExecutionAsked',
  'ResolutionAsked',
  'ResolutionRecorded',
] as const;
type Asked = Extract<Recorded<CaseFact>, { type: (typeof askedTypes)[number] }>;

const isAsked = (event: Recorded<CaseFact>): event is Asked =>
  (askedTypes as readonly string[]).includes(event.type);

/** Undefined when the case has ended: it waits for nothing. */
export const waitingOf = (
  events: readonly Recorded<CaseFact>[],
  requestIdOf: (event: Asked) => string,
): Waiting | undefined => {
  const last = events.at(-1);
  if (!last || last.type === 'CaseEnded') return undefined;
  const asked = events.findLast(isAsked);
  if (!asked) return undefined;
  return whenAsked(asked, events, requestIdOf(asked));
};

const whenAsked = (
  asked: Asked,
  events: readonly Recorded<CaseFact>[],
  requestId: string,
): Waiting => {
  const since = asked.recordedAt;
  switch (asked.type) {
    case 'AgentStepAsked':
      return {
        on: 'agent',
        what: `the agent's answer to ${asked.data.step} (${asked.data.profile.name})`,
        since,
        next: { at: asked.data.deadline, what: 'the step times out and people are asked' },
        unblock: [`./countersign logs --case ${caseOf(events)}`],
      };
    case 'ApprovalAsked': {
      const { queue, expiresAt, proposal } = asked.data;
      return {
        on: 'people',
        what: `a decision on proposal ${proposal.proposalId}`,
        since,
        queue: queue.name,
        owner: queue.owner,
        next: { at: expiresAt, what: 'the proposal expires' },
        unblock: [
          `./countersign approval approve ${proposal.proposalId} --as ana`,
          `./countersign approval reject ${proposal.proposalId} --as ana --reason other`,
        ],
      };
    }
    case 'AssistanceAsked': {
      const { queue, expiresAt } = asked.data;
      return {
        on: 'people',
        what: `a person's proposal (${asked.data.reason})`,
        since,
        queue: queue.name,
        owner: queue.owner,
        next: { at: expiresAt, what: 'the request expires' },
        unblock: [
          `./countersign assistance decline ${requestId} --as lena --reason other`,
          `./countersign assistance propose ${requestId} --as lena --tool NAME@1 --arguments FILE`,
        ],
      };
    }
    default:
      return whenExecuting(asked, events);
  }
};

type AboutExecution = Extract<
  Asked,
  { type: 'ExecutionAsked' | 'ResolutionAsked' | 'ResolutionRecorded' }
>;

const whenExecuting = (asked: AboutExecution, events: readonly Recorded<CaseFact>[]): Waiting => {
  const { proposalId } = asked.data;
  const waits = { since: asked.recordedAt, ...overdueIn(events, asked) };
  switch (asked.type) {
    case 'ExecutionAsked':
      return {
        on: 'executor',
        what: `the execution of proposal ${proposalId}`,
        ...waits,
        unblock: [`./countersign execution show ${proposalId}`],
      };
    case 'ResolutionAsked':
      return {
        on: 'people',
        what: `somebody to find out whether proposal ${proposalId} was written`,
        ...waits,
        unblock: ['done', 'not-done'].map(
          (outcome) =>
            `./countersign execution resolve ${proposalId} --as ben --outcome ${outcome} --evidence TEXT`,
        ),
      };
    case 'ResolutionRecorded':
      return {
        on: 'executor',
        what: `the executor to write down that proposal ${proposalId} is ${asked.data.outcome}`,
        ...waits,
        unblock: [`./countersign execution show ${proposalId}`],
      };
  }
};

const caseOf = (events: readonly Recorded<CaseFact>[]): string => {
  const opened = events[0];
  return opened?.type === 'CaseOpened' ? opened.data.caseId : '';
};

const overdueIn = (
  events: readonly Recorded<CaseFact>[],
  asked: AboutExecution,
): Pick<Waiting, 'next' | 'overdueSince' | 'called'> => {
  for (const event of events.slice(events.indexOf(asked))) {
    if (event.type !== 'ExecutionOverdue' && event.type !== 'ResolutionOverdue') continue;
    return { overdueSince: event.recordedAt, called: event.data.calls };
  }
  const dueAt = asked.opens[0]?.dueAt;
  // Requests for a resolution had no deadline at first.
  if (dueAt === undefined) return {};
  return { next: { at: dueAt, what: 'it counts as overdue and a person is called' } };
};
