import {
  decisionIdOf,
  streams,
  type ApprovalStream,
  type ReasonCode,
} from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import { metadataOf, type Position } from '@countersign/event-store';
import type { DecisionName, Ending, OutcomeName, Resolution } from '../domain/approval-facts.js';
import type { Caller } from '../domain/people.js';
import type { ApprovalsParts } from './parts.js';
import { problemOf } from './refusal-problems.js';
import { currentStage } from './stage-records.js';
import { firstEvent, saidBy, tellApproval } from './tell.js';

/** What a person says about a proposal, as it came through a door. */
export interface Said {
  readonly decision: DecisionName;
  /** What they were shown. */
  readonly digest: string;
  readonly reasonCode?: ReasonCode | undefined;
  readonly comment?: string | undefined;
}

export interface DecisionTaken {
  readonly proposalId: string;
  readonly caseId: string;
  readonly decision: DecisionName;
  readonly digest: string;
  readonly ending: Ending;
  readonly position: Position;
}

/**
 * Records a decision, or answers as before when the same person said the same.
 * @throws Problem when it does not count; who lost a race learns who won it
 */
export const decideApproval = async (
  parts: ApprovalsParts,
  proposalId: string,
  caller: Caller,
  said: Said,
): Promise<DecisionTaken> => {
  const { journal, chance } = parts;
  const first = await firstEvent(journal, streams.approval(proposalId));
  if (!first) throw problemOf({ code: 'unknown-proposal' });
  const { proposal } = first.data as ApprovalStream['ApprovalRequested'];
  const { decision, digest } = said;
  const input = saidBy(
    journal,
    first,
    caller,
    decisionIdOf(proposalId, caller.sub, decision, digest),
    {
      type: 'Decide',
      ...said,
      caller,
      nonce: chance.hex(16),
      stage: await currentStage(journal, proposal.tool),
    } as const,
  );
  const handled = await tellApproval(parts, proposalId, input);
  if (handled.kind === 'refused') throw problemOf(handled.refusal);
  if (!('ending' in handled.state)) throw new Error(`${proposalId} was decided and has no ending`);
  const { ending } = handled.state;
  const position =
    handled.kind === 'recorded' ? handled.position : await positionOf(parts, proposalId, endings);
  const { caseId } = metadataOf(first);
  return { proposalId, caseId, decision, digest, ending, position };
};

export interface ResolutionTaken {
  readonly proposalId: string;
  readonly caseId: string;
  readonly resolution: Resolution;
  readonly position: Position;
}

/** Records what became of an uncertain write; the first result wins. @throws Problem */
export const resolveApproval = async (
  parts: ApprovalsParts,
  proposalId: string,
  caller: Caller,
  { outcome, evidence }: { readonly outcome: OutcomeName; readonly evidence: string },
): Promise<ResolutionTaken> => {
  const { journal } = parts;
  const first = await firstEvent(journal, streams.approval(proposalId));
  if (!first) throw problemOf({ code: 'unknown-proposal' });
  const id = effectIdOf(proposalId, `resolve\n${caller.sub}\n${outcome}`);
  const body = { type: 'Resolve', outcome, evidence, caller } as const;
  const handled = await tellApproval(parts, proposalId, saidBy(journal, first, caller, id, body));
  if (handled.kind === 'refused') throw problemOf(handled.refusal);
  if (handled.state.phase !== 'resolved') throw new Error(`${proposalId} has no resolution`);
  const { resolution } = handled.state;
  const position =
    handled.kind === 'recorded'
      ? handled.position
      : await positionOf(parts, proposalId, ['OutcomeResolved']);
  return { proposalId, caseId: metadataOf(first).caseId, resolution, position };
};

const endings = [
  'ApprovalReleased',
  'ApprovalRejected',
  'ApprovalChangesRequested',
  'ApprovalExpired',
];

/** Where it was recorded the first time, so that a repeat gets the same answer. */
const positionOf = async (
  { journal }: ApprovalsParts,
  proposalId: string,
  types: readonly string[],
): Promise<Position> => {
  const events = await journal.store.read(streams.approval(proposalId), { requiresLeader: true });
  return events.findLast(({ type }) => types.includes(type))!.position;
};
