import { ignore, record, type Decider, type Fact } from '@countersign/decider';
import type { VerificationName } from './authority.js';
import type { CommandRefusal } from './facts.js';
import type { UnbackedResolution } from './resolution.js';

/** A command that nothing in `approval-*` stands behind. */
export interface RefuseCommand {
  readonly command: 'ExecuteAction' | 'ResolveExecution';
  readonly messageId: string;
  /** As the command claims; none of it is believed. */
  readonly proposalId: string;
  readonly caseId: string;
  readonly why: VerificationName | UnbackedResolution | CommandRefusal;
}

// ── Events: what we record, for ever, in stream `refusals-executor` ─────────────────────────

export type RefusalFact = Fact<'CommandRefused', RefuseCommand>;

/**
 * Messages refused lately: a redelivery comes within the records that a consumer has in hand, far
 * fewer than are looked back at.
 */
export type RefusalsState = readonly string[];

/** Records each refused message once; a forged command cannot spend a proposal (rule 13). */
export const refusals: Decider<RefuseCommand, RefusalFact, RefusalsState> = {
  initial: [],
  decide: ({ body }, refused) =>
    refused.includes(body.messageId)
      ? ignore('refused already')
      : record({ type: 'CommandRefused', data: body }),
  evolve: (refused, { data }) => [...refused, data.messageId],
};
