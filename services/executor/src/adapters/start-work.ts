import { streams } from '@countersign/contracts';
import type { Recorded } from '@countersign/decider';
import type { Input } from '@countersign/event-store';
import type { Authority } from '../domain/authority.js';
import type { ExecutionFact, ExecutionInput } from '../domain/facts.js';
import { decideOn, type Decided } from './decide-on.js';
import { perform, type Performing } from './perform.js';
import type { Worker } from '@countersign/hosting';

/** An input that lets a worker claim, if the stream says so. */
export interface Claiming {
  readonly proposalId: string;
  readonly input: Input<ExecutionInput>;
  /** The worker that the input names; undefined when none is free. */
  readonly worker: Worker | undefined;
  readonly authority?: Authority | undefined;
}

/**
 * Lets the stream decide on an input that may claim, and sets the worker to work if the claim is
 * its own; otherwise the worker is free again.
 * @throws StoreUnavailable
 */
export const handleAndWork = async (
  performing: Performing,
  { proposalId, input, worker, authority }: Claiming,
): Promise<Decided> => {
  const startedMs = performing.journal.clock.monotonicMs();
  let working = false;
  try {
    const handled = await decideOn(performing, proposalId, input);
    if (!worker || handled.kind !== 'recorded' || handled.state.phase !== 'claimed') return handled;
    if (!(await isOurs(performing, proposalId, handled.events, worker))) return handled;
    const { correlationId, caseId, subjects, traceparent } = input;
    const belongs = { correlationId, caseId, subjects, traceparent };
    const work = { claim: handled.state, belongs, startedMs, authority };
    worker.run(() => perform(performing, work));
    working = true;
    return handled;
  } finally {
    if (!working) worker?.dismiss();
  }
};

/**
 * Event ids follow from the input, so a store answers the second of two equal inputs as if it had
 * written its events: what stands there tells whose claim it is.
 */
const isOurs = async (
  { journal }: Performing,
  proposalId: string,
  events: readonly Recorded<ExecutionFact>[],
  worker: Worker,
): Promise<boolean> => {
  const claim = events.find(({ type }) => type === 'ExecutionClaimed');
  if (!claim) return false;
  const stream = streams.execution(proposalId);
  const from = claim.revision;
  const [stored] = await journal.store.read(stream, { from, limit: 1, requiresLeader: true });
  return (stored?.data as { worker?: string } | undefined)?.worker === worker.name;
};
