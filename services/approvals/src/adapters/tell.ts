import { approvalStreamPersonal, streams } from '@countersign/contracts';
import {
  handle,
  metadataOf,
  type Handled,
  type Input,
  type Journal,
  type StoredEvent,
} from '@countersign/event-store';
import type {
  ApprovalFact,
  ApprovalInput,
  ApprovalRefusal,
  ApprovalState,
} from '../domain/approval-facts.js';
import {
  assistancePersonal,
  type AssistanceFact,
  type AssistanceInput,
  type AssistanceRefusal,
  type AssistanceState,
} from '../domain/assistance-facts.js';
import type { Caller } from '../domain/people.js';
import type { ApprovalsParts } from './parts.js';

/** One thing said about a proposal; its stream decides. @throws StoreUnavailable */
export const tellApproval = (
  { journal, processes }: ApprovalsParts,
  proposalId: string,
  input: Input<ApprovalInput>,
): Promise<Handled<ApprovalFact, ApprovalState, ApprovalRefusal>> =>
  handle(journal, streams.approval(proposalId), approvalStreamPersonal, input, processes.approval);

/** One thing said about a request for assistance; its stream decides. @throws StoreUnavailable */
export const tellAssistance = (
  { journal, processes }: ApprovalsParts,
  requestId: string,
  input: Input<AssistanceInput>,
): Promise<Handled<AssistanceFact, AssistanceState, AssistanceRefusal>> =>
  handle(journal, streams.assist(requestId), assistancePersonal, input, processes.assistance);

/** What a person says, in the case that the stream belongs to. */
export const saidBy = <Body>(
  { clock }: Journal,
  first: StoredEvent,
  { sub }: Caller,
  id: string,
  body: Body,
): Input<Body> => {
  const { caseId, $correlationId, subjects, traceparent } = metadataOf(first);
  return {
    id,
    actor: { type: 'human', id: sub },
    occurredAt: clock.now(),
    correlationId: $correlationId,
    caseId,
    subjects,
    traceparent,
    body,
  };
};

/** The first event of a stream of ours, from the leader. */
export const firstEvent = async (
  { store }: Journal,
  stream: string,
): Promise<StoredEvent | undefined> =>
  (await store.read(stream, { limit: 1, requiresLeader: true }))[0];
