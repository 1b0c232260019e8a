import { streams, type Message, type orchestratorSays } from '@countersign/contracts';
import { handle, inputOf } from '@countersign/event-store';
import { isVerified, type Authority } from '../domain/authority.js';
import { executionPersonal, type ExecutionInput, type Order } from '../domain/facts.js';
import { doubtAbout } from '../domain/resolution.js';
import { executor, type Performing } from './perform.js';
import { readApproval, readAuthority } from './read-authority.js';
import { refuseCommand } from './refuse-command.js';
import { handleAndWork } from './start-work.js';
import type { Workers } from './workers.js';

export type ExecuteMessage = Message<'ExecuteAction', orchestratorSays.ExecuteAction>;
export type ResolveMessage = Message<'ResolveExecution', orchestratorSays.ResolveExecution>;

/**
 * Accepts what a person released and what verifies in every part; with the first claim when a worker
 * is free. The call is made after this has returned. @throws StoreUnavailable
 */
export const takeExecuteAction = async (
  performing: Performing,
  workers: Workers,
  message: ExecuteMessage,
): Promise<void> => {
  const { journal, tools } = performing;
  const { caseId, data } = message;
  const { proposalId } = data;
  const authority = await readAuthority(performing, { ...data, caseId });
  if (!isVerified(authority)) return refuseCommand(journal, message, authority.why);
  const tool = await tools.find(authority.proposal.tool);
  const order = orderFrom(message, authority, tool?.idempotency ?? 'none');
  const worker = workers.hire();
  const body: ExecutionInput = { type: 'ExecuteAction', order, worker: worker?.name };
  const input = inputOf(message, body, executor);
  const handled = await handleAndWork(performing, { proposalId, input, worker, authority });
  if (handled.kind === 'refused') await refuseCommand(journal, message, handled.refusal);
};

const orderFrom = (
  { id: requestId, caseId, data }: ExecuteMessage,
  { proposal, record }: Authority,
  idempotency: Order['idempotency'],
): Order => ({
  requestId,
  proposalId: data.proposalId,
  caseId,
  step: data.step,
  visit: data.visit,
  digest: data.digest,
  releaseRevision: data.releaseRevision,
  tool: proposal.tool,
  idempotency,
  approver: record.approver,
  executableUntil: record.executableUntil,
});

/** Records what a person found out, if that person said so in the approval. @throws StoreUnavailable */
export const takeResolveExecution = async (
  { journal, decider }: Performing,
  message: ResolveMessage,
): Promise<void> => {
  const { proposalId, outcome, by } = message.data;
  const history = await readApproval(journal, proposalId);
  const doubt =
    history === 'approval-unreadable'
      ? history
      : doubtAbout({ ...message.data, caseId: message.caseId }, history);
  if (doubt) return refuseCommand(journal, message, doubt);
  const body: ExecutionInput = { type: 'ResolveExecution', outcome, by };
  const input = inputOf(message, body, executor);
  const stream = streams.execution(proposalId);
  const handled = await handle(journal, stream, executionPersonal, input, decider);
  if (handled.kind === 'refused') await refuseCommand(journal, message, handled.refusal);
};
