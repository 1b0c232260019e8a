import { streams, type Reference, type Stage, type StagesStream } from '@countersign/contracts';
import type { Fact, Recorded } from '@countersign/decider';
import { readHistory, type Journal } from '@countersign/event-store';
import { isInfrastructure } from '@countersign/messaging';
import type { TrustedKeys } from '@countersign/trust';
import {
  verifyAuthority,
  type ApprovalFact,
  type Authority,
  type ExecutionCommand,
  type Unverified,
} from '../domain/authority.js';
import type { AuthorityFacts } from '../domain/checks.js';
import type { Order } from '../domain/facts.js';
import type { StoredTools } from '@countersign/tools';

export interface AuthoritySources {
  readonly journal: Journal;
  readonly keys: TrustedKeys;
  readonly tools: StoredTools;
}

/** The whole of an approval from the leader, or that it cannot be read. @throws StoreUnavailable */
export const readApproval = async (
  journal: Journal,
  proposalId: string,
): Promise<readonly Recorded<ApprovalFact>[] | 'approval-unreadable'> => {
  try {
    const stream = streams.approval(proposalId);
    return (await readHistory<ApprovalFact>(journal, stream)).events;
  } catch (error) {
    if (isInfrastructure(error)) throw error;
    journal.log.error('an approval cannot be read', { proposalId, cause: String(error) });
    return 'approval-unreadable';
  }
};

/** The authority for a command, or why there is none. @throws StoreUnavailable */
export const readAuthority = async (
  { journal, keys }: Pick<AuthoritySources, 'journal' | 'keys'>,
  command: ExecutionCommand,
): Promise<Authority | Unverified> => {
  const history = await readApproval(journal, command.proposalId);
  return history === 'approval-unreadable'
    ? { why: history }
    : verifyAuthority(command, history, keys);
};

/**
 * What the checks look at. A store that cannot be asked is no "no": nothing runs meanwhile, and the
 * question is asked again.
 * @param known the authority, if it was read and verified a moment ago
 * @throws StoreUnavailable
 */
export const readAuthorityFacts = async (
  sources: AuthoritySources,
  order: Order,
  known?: Authority,
): Promise<AuthorityFacts> => ({
  order,
  authority: known ?? (await readAuthority(sources, order)),
  stage: await readStage(sources.journal, order.tool),
  tool: await sources.tools.find(order.tool),
  now: sources.journal.clock.now(),
});

type StageSignedOff = Fact<'StageSignedOff', StagesStream['StageSignedOff']>;

/** The last word of people on a tool; `read-only` when there is none that can be understood. */
const readStage = async (journal: Journal, { name, version }: Reference): Promise<Stage> => {
  try {
    const { events } = await readHistory<StageSignedOff>(journal, streams.stages);
    const word = events.findLast(
      ({ type, data }) =>
        type === 'StageSignedOff' && data.tool === name && data.version === version,
    );
    return word?.data.stage === 'human-approval' ? 'human-approval' : 'read-only';
  } catch (error) {
    if (isInfrastructure(error)) throw error;
    journal.log.error('the stages cannot be read; tools count as read-only', {
      cause: String(error),
    });
    return 'read-only';
  }
};
