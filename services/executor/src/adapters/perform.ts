import { setTimeout as pause } from 'node:timers/promises';
import { streams } from '@countersign/contracts';
import { isInfrastructure } from '@countersign/messaging';
import {
  nameAndVersion,
  redact,
  type CallOutcome,
  type Tool,
  type ToolCaller,
} from '@countersign/tools';
import type { Authority } from '../domain/authority.js';
import type { Execution } from '../domain/execution.js';
import type { Claimed, Finding } from '../domain/facts.js';
import { decideOn, executor, type Belonging } from './decide-on.js';
import { findOut } from './find-out.js';
import { readAuthorityFacts, type AuthoritySources } from './read-authority.js';

export interface Performing extends AuthoritySources {
  readonly decider: Execution;
  readonly caller: ToolCaller;
  readonly leaseMs: number;
  /** How long one call may take, whatever a manifest says. */
  readonly callTimeoutMs: number;
  /** Aborted when the service stops: then results are left to the lease. */
  readonly closing: AbortSignal;
}

/** A claim that is ours, and what is known at its beginning. */
export interface Work {
  readonly claim: Claimed;
  readonly belongs: Belonging;
  /** Reading of the monotonic clock before the claim was appended. */
  readonly startedMs: number;
  /** The authority, where it was read and verified a moment ago. */
  readonly authority?: Authority | undefined;
}

/** Share of the lease within which calls must be over: what is left covers clocks and the network. */
const leaseShareForCalls = 0.8;

/** Acts on a claim and records what came of it. What is not recorded the lease's alarm recovers. */
export const perform = async (performing: Performing, work: Work): Promise<void> => {
  const { failpoints } = performing.journal;
  await failpoints.reach('executor.after_claim');
  const finding = await findOutSafely(performing, work);
  await failpoints.reach('executor.before_result');
  await report(performing, work, finding);
};

/** A failure before the call is certain: nothing left. After it, only the lease can tell. */
const findOutSafely = async (performing: Performing, work: Work): Promise<Finding> => {
  const { journal, caller, leaseMs, callTimeoutMs } = performing;
  const { claim, authority, startedMs } = work;
  const monotonic = () => journal.clock.monotonicMs();
  const facts = await readAuthorityFacts(performing, claim.order, authority).catch(
    (error: unknown) => ({ unread: error }),
  );
  if ('unread' in facts) {
    journal.log.warn('nothing was called: the authority cannot be read now', {
      ...work.belongs,
      cause: String(facts.unread),
    });
    return { kind: 'not-called', detail: 'the authority could not be read' };
  }
  const endsMs = startedMs + leaseMs * leaseShareForCalls;
  return findOut({
    facts,
    repeat: claim.earlierCalls > 0,
    lease: { caller, monotonic, endsMs, callTimeoutMs },
    failpoints: journal.failpoints,
    called: (tool, by, outcome, found) => logCall(performing, work, tool, by, outcome, found),
  });
};

/** C9: tool, arguments without what speaks of people, approver, outcome. */
const logCall = (
  { journal }: Performing,
  { claim, belongs }: Work,
  tool: Tool,
  { content }: Authority,
  outcome: CallOutcome,
  found: Finding,
): void =>
  journal.log.info('tool call', {
    correlationId: belongs.correlationId,
    caseId: belongs.caseId,
    causationId: claim.claimId,
    stream: streams.execution(claim.order.proposalId),
    epoch: claim.epoch,
    tool: nameAndVersion(claim.order.tool),
    arguments: redact(tool, content.arguments),
    argsDigest: claim.order.digest,
    approver: claim.order.approver.sub,
    outcome: found.kind,
    ...(outcome.kind === 'answered' ? { status: outcome.status } : { cause: outcome.cause }),
  });

const pauseMinMs = 100;
const pauseMaxMs = 2_000;

/**
 * Records a finding, again and again while the store is away: only this process knows the answer,
 * and without the store there is nothing else to do.
 */
const report = async (performing: Performing, work: Work, finding: Finding): Promise<void> => {
  const { journal, closing } = performing;
  for (let pauseMs = pauseMinMs; ; pauseMs = Math.min(2 * pauseMs, pauseMaxMs)) {
    try {
      await record(performing, work, finding);
      return;
    } catch (error) {
      if (!isInfrastructure(error) || closing.aborted) throw error;
      journal.log.warn('a result is not recorded yet', { ...work.belongs, cause: String(error) });
      await pause(pauseMs, undefined, { signal: closing }).catch(() => undefined);
    }
  }
};

const record = async (
  performing: Performing,
  { claim, belongs }: Work,
  finding: Finding,
): Promise<void> => {
  await decideOn(performing, claim.order.proposalId, {
    ...belongs,
    // The claim is the cause: whoever reports twice reports the same.
    id: claim.claimId,
    actor: executor,
    occurredAt: performing.journal.clock.now(),
    body: { type: 'Reported', epoch: claim.epoch, finding },
  });
};
