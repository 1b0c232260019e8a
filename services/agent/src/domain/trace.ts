import type { Recorded } from '@countersign/decider';
import { nameAndVersion } from '@countersign/tools';
import { advance, notBegun } from './course.js';
import { isEnding, type RunFact } from './facts.js';
import type { Answered, Outcome } from './outcomes.js';

/** A run for people who follow it: every call and refusal, without content. */
export interface RunTrace {
  readonly runId: string;
  readonly caseId: string;
  readonly step: string;
  readonly visit: number;
  readonly profile: string;
  readonly state: 'waiting' | 'working' | 'done' | 'proposed' | 'abstained';
  readonly acceptedAt: string;
  readonly endedAt: string | null;
  readonly deadline: string;
  /** Spent so far; calls without an answer count as charged. */
  readonly tokens: number;
  readonly entries: readonly TraceEntry[];
}

export interface TraceEntry {
  readonly type: RunFact['type'];
  readonly revision: number;
  readonly at: string;
  readonly actor: string;
  readonly [detail: string]: unknown;
}

const stateAfter = {
  AgentStepDone: 'done',
  ProposalSubmitted: 'proposed',
  AgentAbstained: 'abstained',
} as const;

/** @param shownArguments of a tool call, without what speaks of people */
export const traceOf = (
  events: readonly Recorded<RunFact>[],
  shownArguments: (event: Recorded<RunFact>) => unknown,
): RunTrace => {
  const accepted = events.find((event) => event.type === 'AgentRunAccepted');
  if (!accepted) throw new Error('a run begins with its request');
  const { runId, caseId, step, visit, profile, deadline } = accepted.data;
  const ended = events.find(isEnding);
  const claimed = events.some(({ type }) => type === 'AgentRunClaimed');
  return {
    ...{ runId, caseId, step, visit, profile: nameAndVersion(profile) },
    state: ended
      ? stateAfter[ended.type as keyof typeof stateAfter]
      : claimed
        ? 'working'
        : 'waiting',
    acceptedAt: accepted.recordedAt,
    endedAt: ended?.recordedAt ?? null,
    deadline,
    tokens: events.reduce(advance, notBegun).tokens,
    entries: events.map((event) => entryOf(event, outcomesIn(events), shownArguments(event))),
  };
};

const outcomesIn = (events: readonly Recorded<RunFact>[]): ReadonlyMap<number, Answered> =>
  new Map(
    events.flatMap(({ data }) =>
      'answered' in data && data.answered ? [[data.answered.call, data.answered]] : [],
    ),
  );

const entryOf = (
  event: Recorded<RunFact>,
  outcomes: ReadonlyMap<number, Answered>,
  shownArguments: unknown,
): TraceEntry => {
  const { type, revision, recordedAt: at, actor } = event;
  const head = { type, revision, at, actor: `${actor.type}:${actor.id}` };
  return { ...head, ...detailsOf(event, outcomes, shownArguments) };
};

const detailsOf = (
  event: Recorded<RunFact>,
  outcomes: ReadonlyMap<number, Answered>,
  shownArguments: unknown,
): Record<string, unknown> => {
  switch (event.type) {
    case 'AgentRunAccepted':
      return { waits: event.data.waits };
    case 'AgentRunClaimed': {
      const { epoch, worker, leaseUntil } = event.data;
      return { epoch, worker, leaseUntil };
    }
    case 'ModelCallStarted': {
      const { epoch, call, attempt, model, promptSha256, toolset, chargedTokens } = event.data;
      const what = { epoch, call, attempt, model, promptSha256, toolset, chargedTokens };
      return { ...what, ...cameOf(outcomes.get(call)) };
    }
    case 'ToolCallStarted': {
      const { epoch, call, attempt, tool, purpose } = event.data;
      const what = { epoch, call, attempt, tool: nameAndVersion(tool), purpose };
      return { ...what, arguments: shownArguments, ...cameOf(outcomes.get(call)) };
    }
    case 'ToolCallRefused':
      return { epoch: event.data.epoch, reason: event.data.reason };
    case 'AgentStepDone':
      return {};
    case 'ProposalSubmitted': {
      const { proposalId, tool, digest, flags } = event.data.proposal;
      return { proposalId, tool: nameAndVersion(tool), digest, flags };
    }
    case 'AgentAbstained':
      return { reason: event.data.reason };
  }
};

const cameOf = (answered: Answered | undefined): Record<string, unknown> =>
  answered ? { tookMs: answered.tookMs, outcome: summaryOf(answered.outcome) } : { outcome: null };

const summaryOf = (outcome: Outcome): Record<string, unknown> => {
  switch (outcome.kind) {
    case 'model-answer': {
      const { kind, finish, usage, calls } = outcome;
      return { kind, finish, calls: calls.length, ...usage };
    }
    case 'tool-answer':
      return { kind: outcome.kind, status: outcome.status };
    case 'call-failed':
      return { kind: outcome.kind, failure: outcome.failure, cause: outcome.cause };
  }
};
