import { effectIdOf, stamp, type Decision, type Effect, type Recorded } from '@countersign/decider';
import { caseProcess, type CaseProcess } from '../../src/domain/case-process.js';
import type { ResolvedDefinition } from '../../src/domain/definition.js';
import type { CaseFact } from '../../src/domain/facts.js';
import type { CaseInput } from '../../src/domain/inputs.js';
import type { CaseState } from '../../src/domain/state.js';
import { idOf, now, proposalFor, received, said, tell } from './told.js';

/** A case told from the start, as its stream would have it. */
export interface ACase {
  readonly process: CaseProcess;
  readonly events: readonly Recorded<CaseFact>[];
  readonly state: CaseState;
  /** Tells it the next thing; what it records is appended. */
  hear(body: CaseInput, at?: string): Decision<CaseFact>;
  /** Types of what the last append recorded. */
  readonly last: readonly Recorded<CaseFact>[];
  /** The id of the latest message of that type. */
  request(type: string): string;
  sent(type: string): readonly Effect[];
  /** The id of the alarm that was opened last. */
  readonly alarm: string;
}

export const aCase = (definition: ResolvedDefinition): ACase => {
  const process = caseProcess(definition);
  const events: Recorded<CaseFact>[] = [];
  let state = process.initial;
  let last: readonly Recorded<CaseFact>[] = [];
  const effects = () =>
    events.flatMap((event) => process.react(event).map((effect) => ({ event, effect })));
  return {
    process,
    events,
    get state() {
      return state;
    },
    get last() {
      return last;
    },
    hear: (body, at = now) => {
      const told = tell(body, idOf(`${events.length} ${JSON.stringify(body)}`), at);
      const decision = process.decide(told, state);
      last = 'facts' in decision ? stamp(told, decision.facts, events.length - 1) : [];
      events.push(...last);
      state = last.reduce(process.evolve, state);
      return decision;
    },
    request: (type) => {
      const found = effects().findLast(({ effect }) => effect.type === type);
      if (!found) throw new Error(`nobody was sent a ${type}`);
      return effectIdOf(found.event.id, found.effect.name);
    },
    sent: (type) =>
      effects()
        .filter(({ effect }) => effect.type === type)
        .map(({ effect }) => effect),
    get alarm() {
      return events.flatMap(({ opens }) => opens).at(-1)!.id;
    },
  };
};

export const typesOf = (events: readonly { readonly type: string }[]): readonly string[] =>
  events.map(({ type }) => type);

const by = { sub: 'ana', role: 'supervisor' as const };

/** What is said next, by whoever was asked last. */
export const answerOf = (one: ACase) => {
  const answers = (type: string) => one.request(type);
  const proposalId = () => (one.state as { proposalId: string }).proposalId;
  const digest = () => (one.state as { digest: string }).digest;
  return {
    done: (category = 'refund') =>
      said('AgentStepDone', {
        answers: answers('RunAgentStep'),
        result: { category, order: 'A-1001' },
      }),
    proposed: () => {
      const requestId = answers('RunAgentStep');
      return said('ProposalSubmitted', { answers: requestId, ...proposalFor(requestId) });
    },
    abstained: () =>
      said('AgentAbstained', {
        answers: answers('RunAgentStep'),
        reason: 'missing-information',
        explanation: 'Kim gives no order number.',
      }),
    released: () =>
      said('ApprovalReleased', {
        ...{ answers: answers('RequestApproval'), proposalId: proposalId(), digest: digest() },
        ...{ releaseRevision: 2, by },
      }),
    rejected: () =>
      said('ApprovalRejected', {
        ...{ answers: answers('RequestApproval'), proposalId: proposalId(), by },
        ...{ reasonCode: 'wrong-amount', comment: 'Kim paid less.' },
      }),
    changesRequested: () =>
      said('ApprovalChangesRequested', {
        ...{ answers: answers('RequestApproval'), proposalId: proposalId(), by },
        ...{ reasonCode: 'wrong-tone', comment: 'Be kinder to Kim.' },
      }),
    expired: () =>
      said('ApprovalExpired', { answers: answers('RequestApproval'), proposalId: proposalId() }),
    assisted: () => {
      const requestId = answers('RequestAssistance');
      const author = { type: 'human' as const, id: 'leo' };
      const { proposal, content } = proposalFor(requestId, { author });
      return said('AssistanceProposed', { answers: requestId, proposal, content });
    },
    declined: () =>
      said('AssistanceDeclined', {
        ...{ answers: answers('RequestAssistance'), by, reasonCode: 'customer-withdrew' },
        comment: 'Kim called.',
      }),
    succeeded: () =>
      said('ExecutionSucceeded', {
        ...{ answers: answers('ExecuteAction'), proposalId: proposalId(), epoch: 1 },
        reference: 'R-1',
      }),
    refused: () =>
      said('ExecutionRefused', {
        ...{ answers: answers('ExecuteAction'), proposalId: proposalId() },
        ...{ reason: 'witness-changed', detail: 'The order was changed meanwhile.' },
      }),
    failed: () =>
      said('ExecutionFailed', {
        ...{ answers: answers('ExecuteAction'), proposalId: proposalId(), detail: 'Not done.' },
      }),
    uncertain: () =>
      said('ExecutionUncertain', {
        ...{ answers: answers('ExecuteAction'), proposalId: proposalId() },
        ...{ reason: 'no answer', since: now },
      }),
    resolved: (outcome: 'done' | 'not-done') =>
      said('OutcomeResolved', {
        ...{ answers: answers('RequestResolution'), proposalId: proposalId(), outcome },
        ...{ by: { sub: 'ben', role: 'l2' }, evidence: 'Kim got the money.', resolvedAt: now },
      }),
  };
};

/** A case that waits for a supervisor. */
export const awaitingApproval = (definition: ResolvedDefinition): ACase => {
  const one = aCase(definition);
  one.hear(received());
  one.hear(answerOf(one).done());
  one.hear(answerOf(one).proposed());
  return one;
};

/** A case whose proposal was released and is with the executor. */
export const executing = (definition: ResolvedDefinition): ACase => {
  const one = awaitingApproval(definition);
  one.hear(answerOf(one).released());
  return one;
};
