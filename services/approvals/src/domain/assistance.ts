import {
  proposalIdOf,
  streams,
  topics,
  type approvalsSays,
  type Evidence,
  type Proposal,
  type Reference,
  type UnsignedProposal,
} from '@countersign/contracts';
import {
  ignore,
  record,
  refuse,
  type Decision,
  type Effect,
  type ProcessManager,
  type Recorded,
  type Told,
} from '@countersign/decider';
import { canonical, digestOf, proposalDigest } from '@countersign/trust';
import type {
  AssistanceAnswer,
  AssistanceAsked,
  AssistanceExpiryAsked,
  AssistanceFact,
  AssistanceInput,
  AssistanceRefusal,
  AssistanceRequest,
  AssistanceState,
  Decline,
  Propose,
} from './assistance-facts.js';
import { qualifyingRole, type Caller, type Person } from './people.js';

/** Signs for a person who wrote a proposal; the key stays with its holder. */
export type SignFor = (proposal: UnsignedProposal) => Proposal;

type Decided = Decision<AssistanceFact, AssistanceRefusal>;

// ── Decide ──────────────────────────────────────────────────────────────────────────────────

const decide =
  (signFor: SignFor) =>
  (told: Told<AssistanceInput>, state: AssistanceState): Decided => {
    const { body, recordedAt } = told;
    switch (body.type) {
      case 'RequestAssistance':
        return whenAsked(body, state);
      case 'Propose':
        return whenProposed(body, state, recordedAt, signFor);
      case 'Decline':
        return whenDeclined(body, state, recordedAt);
      case 'ExpireAssistance':
        return whenExpiryAsked(body, state);
    }
  };

const whenAsked = (
  { requestId, caseId, data }: AssistanceAsked,
  state: AssistanceState,
): Decided => {
  if (state.phase !== 'unrequested') return ignore('already asked');
  return record({ type: 'AssistanceRequested', data: { ...data, requestId, caseId } });
};

const whenProposed = (
  said: Propose,
  state: AssistanceState,
  at: string,
  signFor: SignFor,
): Decided => {
  const refusal = answerRefusal(state, said.caller, at);
  if (repeats(refusal, said.caller, 'proposed', saidIn(said))) return ignore('proposed before');
  if (refusal) return refuse(refusal);
  if (state.phase !== 'open') return ignore('nothing is open');
  const { request } = state;
  if (!request.tools.some((tool) => isSame(tool, said.tool))) {
    return refuse({ code: 'tool-not-offered', tools: request.tools });
  }
  const proposal = signFor(proposalOf(said, request, at));
  const { arguments: args, witness, target, salt, rationale } = said;
  const content = { arguments: args, witness, target, salt, rationale };
  const by = personOf(said.caller, request);
  const { requestId } = request;
  return record({ type: 'AssistanceProposed', data: { requestId, by, proposal, content } });
};

/** The person is its author, and barred from approving it (I2). */
const proposalOf = (
  { tool, arguments: args, witness, target, salt, rationale, caller }: Propose,
  { requestId, caseId, context, supersedes }: AssistanceRequest,
  createdAt: string,
): UnsignedProposal => {
  const proposalId = proposalIdOf(requestId);
  const evidence: Evidence[] = [
    { kind: 'intake', ref: streams.intake(caseId), digest: digestOf(context.input) },
    { kind: 'person', ref: caller.sub, digest: digestOf(rationale) },
  ];
  if (witness && target) {
    evidence.push({ kind: 'tool', ref: witness.resource, digest: digestOf(target) });
  }
  return {
    proposalId,
    caseId,
    requestId,
    tool,
    digest: proposalDigest({ proposalId, caseId, tool, arguments: args, witness, salt }),
    author: { type: 'human', id: caller.sub },
    createdAt,
    evidence,
    flags: [],
    ...(supersedes !== undefined && { supersedes }),
  };
};

const whenDeclined = (said: Decline, state: AssistanceState, at: string): Decided => {
  const refusal = answerRefusal(state, said.caller, at);
  if (repeats(refusal, said.caller, 'declined', said.reasonCode)) return ignore('declined before');
  if (refusal) return refuse(refusal);
  if (state.phase !== 'open') return ignore('nothing is open');
  const { reasonCode, comment, caller } = said;
  const by = personOf(caller, state.request);
  const { requestId } = state.request;
  return record({ type: 'AssistanceDeclined', data: { requestId, by, reasonCode, comment } });
};

/** As with approvals: the orchestrator's alarm asks, and always ends what is open. */
const whenExpiryAsked = ({ data }: AssistanceExpiryAsked, state: AssistanceState): Decided => {
  if (state.phase !== 'open') return ignore('not open; the answer is on its way');
  const { requestId, firedAt } = data;
  return record({ type: 'AssistanceExpired', data: { requestId, firedAt } });
};

/** Why this caller may not answer now, whatever they would say; nothing when they may. */
export const answerRefusal = (
  state: AssistanceState,
  caller: Caller,
  at: string,
): AssistanceRefusal | undefined => {
  if (state.phase === 'unrequested') return { code: 'unknown-request' };
  const { need, expiresAt } = state.request;
  if (!qualifyingRole(caller, need)) return { code: 'wrong-role', need: need.of };
  if (state.phase === 'ended') return { code: 'already-answered', answer: state.answer };
  if (at >= expiresAt) return { code: 'expired-pending', expiresAt };
  // After an erasure nobody can see what they would answer.
  const { context } = state.request as Partial<AssistanceRequest>;
  return context === undefined ? { code: 'content-erased' } : undefined;
};

const repeats = (
  refusal: AssistanceRefusal | undefined,
  { sub }: Caller,
  kind: AssistanceAnswer['kind'],
  said: unknown,
): boolean =>
  refusal?.code === 'already-answered' &&
  refusal.answer.kind === kind &&
  refusal.answer.by?.sub === sub &&
  refusal.answer.said !== undefined &&
  canonical(refusal.answer.said) === canonical(said);

/** What makes two proposals of a person the same; salt and witness are of the moment. */
const saidIn = ({
  tool,
  arguments: args,
  rationale,
}: Pick<Propose, 'tool' | 'arguments' | 'rationale'>) => ({ tool, arguments: args, rationale });

const personOf = (caller: Caller, { need }: AssistanceRequest): Person => ({
  sub: caller.sub,
  role: qualifyingRole(caller, need)!,
});

const isSame = (a: Reference, b: Reference): boolean =>
  a.name === b.name && a.version === b.version && a.digest === b.digest;

// ── Evolve ──────────────────────────────────────────────────────────────────────────────────

const evolve = (state: AssistanceState, event: Recorded<AssistanceFact>): AssistanceState => {
  if (event.type === 'AssistanceRequested') return { phase: 'open', request: event.data };
  if (state.phase !== 'open') return state;
  const at = event.recordedAt;
  switch (event.type) {
    case 'AssistanceProposed': {
      const { by, proposal, content } = event.data;
      // After an erasure the content is gone; nothing can then be the same.
      const said =
        (content as typeof content | undefined) && saidIn({ ...content, tool: proposal.tool });
      const answer = { kind: 'proposed', at, by, said, proposalId: proposal.proposalId } as const;
      return { phase: 'ended', request: state.request, answer };
    }
    case 'AssistanceDeclined': {
      const { by, reasonCode: said } = event.data;
      return { phase: 'ended', request: state.request, answer: { kind: 'declined', at, by, said } };
    }
    case 'AssistanceExpired':
      return { phase: 'ended', request: state.request, answer: { kind: 'expired', at } };
  }
};

// ── React: the orchestrator hears of every answer once ──────────────────────────────────────

const react = (event: Recorded<AssistanceFact>): readonly Effect[] => {
  const answers = event.data.requestId;
  switch (event.type) {
    case 'AssistanceRequested':
      return [];
    case 'AssistanceProposed': {
      const { proposal, content } = event.data;
      return answer('AssistanceProposed', { answers, proposal, content });
    }
    case 'AssistanceDeclined': {
      const { by, reasonCode, comment } = event.data;
      return answer('AssistanceDeclined', { answers, by, reasonCode, comment });
    }
    case 'AssistanceExpired':
      return answer('AssistanceExpired', { answers });
  }
};

const answer = <Type extends keyof Says>(type: Type, data: Says[Type]): readonly Effect[] => [
  { name: type, topic: topics.answers('approvals'), type, data },
];

interface Says {
  AssistanceProposed: approvalsSays.AssistanceProposed;
  AssistanceDeclined: approvalsSays.AssistanceDeclined;
  AssistanceExpired: approvalsSays.AssistanceExpired;
}

/** What a person answers when the agent could not; the first answer wins. */
export const assistance = (
  signFor: SignFor,
): ProcessManager<AssistanceInput, AssistanceFact, AssistanceState, AssistanceRefusal> => ({
  initial: { phase: 'unrequested' },
  decide: decide(signFor),
  evolve,
  react,
});
