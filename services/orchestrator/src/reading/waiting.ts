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
  /** Set when the deadline of an execution passed: somebody should look. */
  readonly overdueSince?: string;
  /** Commands that move the case on now. */
  readonly unblock: readonly string[];
}

const askedTypes = [
  'AgentStepAsked',
  'ApprovalAsked',
  'AssistanceAsked',
  'ExecutionAsked',
  'ResolutionAsked',
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
    case 'ExecutionAsked':
      return {
        on: 'executor',
        what: `the execution of proposal ${asked.data.proposalId}`,
        since,
        ...overdueIn(events, asked),
        unblock: [`./countersign execution show ${asked.data.proposalId}`],
      };
    case 'ResolutionAsked':
      return {
        on: 'people',
        what: `somebody to find out whether proposal ${asked.data.proposalId} was written`,
        since,
        unblock: [
          `./countersign execution resolve ${asked.data.proposalId} --as ben --outcome done --evidence TEXT`,
          `./countersign execution resolve ${asked.data.proposalId} --as ben --outcome not-done --evidence TEXT`,
        ],
      };
  }
};

const caseOf = (events: readonly Recorded<CaseFact>[]): string => {
  const opened = events[0];
  return opened?.type === 'CaseOpened' ? opened.data.caseId : '';
};

const overdueIn = (
  events: readonly Recorded<CaseFact>[],
  asked: Extract<Asked, { type: 'ExecutionAsked' }>,
): Pick<Waiting, 'next' | 'overdueSince'> => {
  const overdue = events.find(
    (event) => event.type === 'ExecutionOverdue' && event.revision > asked.revision,
  );
  if (overdue) return { overdueSince: overdue.recordedAt };
  return { next: { at: asked.data.dueAt, what: 'it counts as overdue and a person is called' } };
};
