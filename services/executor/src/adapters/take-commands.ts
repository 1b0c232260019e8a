import type { Message, orchestratorSays } from '@countersign/contracts';
import { inputOf } from '@countersign/event-store';
import { isVerified, type Authority } from '../domain/authority.js';
import type { ExecutionInput, Order } from '../domain/facts.js';
import { doubtAbout } from '../domain/resolution.js';
import { decideOn, executor } from './decide-on.js';
import type { Performing } from './perform.js';
import { readApproval, readAuthority } from './read-authority.js';
import type { RefuseCommands } from './refuse-command.js';
import { handleAndWork } from './start-work.js';
import type { Workers } from '@countersign/hosting';

export type ExecuteMessage = Message<'ExecuteAction', orchestratorSays.ExecuteAction>;
export type ResolveMessage = Message<'ResolveExecution', orchestratorSays.ResolveExecution>;

/** What commands are taken with. */
export interface Taking {
  readonly performing: Performing;
  readonly workers: Workers;
  readonly refuse: RefuseCommands;
}

/**
 * Accepts what a person released and what verifies in every part; with the first claim when a worker
 * is free. The call is made after this has returned. @throws StoreUnavailable
 */
export const takeExecuteAction = async (
  { performing, workers, refuse }: Taking,
  message: ExecuteMessage,
): Promise<void> => {
  const { caseId, data } = message;
  const { proposalId } = data;
  const authority = await readAuthority(performing, { ...data, caseId });
  if (!isVerified(authority)) return refuse(message, authority.why);
  const tool = await performing.tools.find(authority.proposal.tool);
  const order = orderFrom(message, authority, tool?.idempotency ?? 'none');
  const worker = workers.hire();
  const body: ExecutionInput = { type: 'ExecuteAction', order, worker: worker?.name };
  const input = inputOf(message, body, executor);
  const handled = await handleAndWork(performing, { proposalId, input, worker, authority });
  if (handled.kind === 'refused') await refuse(message, handled.refusal);
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
  { performing, refuse }: Omit<Taking, 'workers'>,
  message: ResolveMessage,
): Promise<void> => {
  const { proposalId, outcome, by } = message.data;
  const history = await readApproval(performing.journal, proposalId);
  const doubt =
    history === 'approval-unreadable'
      ? history
      : doubtAbout({ ...message.data, caseId: message.caseId }, history);
  if (doubt) return refuse(message, doubt);
  const body: ExecutionInput = { type: 'ResolveExecution', outcome, by };
  const input = inputOf(message, body, executor);
  const handled = await decideOn(performing, proposalId, input);
  if (handled.kind === 'refused') await refuse(message, handled.refusal);
};
