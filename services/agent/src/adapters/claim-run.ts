import type { Proposal, Reference, UnsignedProposal } from '@countersign/contracts';
import { ignore } from '@countersign/decider';
import type { Input } from '@countersign/event-store';
import type { LeaseTimes } from '../domain/caps.js';
import { agentRun, runFold, type RunInput, type RunProcess } from '../domain/run.js';
import type { RunRules } from '../domain/standing.js';
import type { Belonging, Performing } from './make-call.js';
import { handleRun, perform } from './perform.js';
import type { StoredProfiles } from './stored-profiles.js';
import type { Worker, Workers } from '@countersign/hosting';

export interface RunParts extends Performing {
  readonly profiles: StoredProfiles;
  readonly workers: Workers;
  readonly times: LeaseTimes;
  readonly sign: (proposal: UnsignedProposal) => Proposal;
}

/** An input that lets a worker claim, if the stream says so. */
export interface Claiming {
  readonly runId: string;
  readonly input: Input<RunInput>;
  /** The worker that the input names; undefined when none is free. */
  readonly worker: Worker | undefined;
  /** Where the input says it; else the run's first event does. */
  readonly profile?: Reference;
}

interface Ruled {
  readonly rules: RunRules;
  readonly process: RunProcess;
}

/**
 * Lets the stream decide on an input, and sets its worker to work if the claim became its own;
 * otherwise the worker is free again. @throws StoreUnavailable, Unacceptable
 */
export const runClaimer = (parts: RunParts): ((claiming: Claiming) => Promise<void>) => {
  const { journal } = parts;
  const ruledBy = rulesOf(parts);
  return async ({ runId, input, worker, profile }) => {
    let working = false;
    try {
      const claimedMs = journal.clock.monotonicMs();
      let under = profile && (await ruledBy(profile));
      const handled = await handleRun(journal, runId, input, async ([accepted]) => {
        if (accepted?.type === 'AgentRunAccepted') under ??= await ruledBy(accepted.data.profile);
        return under?.process ?? neverAskedFor;
      });
      if (!worker || !under || handled.kind !== 'recorded') return;
      const { state } = handled;
      // Two replicas given the same input may both come here: the loser's first record is ignored.
      if (state.phase !== 'working' || state.held.worker !== worker.name) return;
      const { correlationId, caseId, subjects, traceparent } = input;
      const belongs: Belonging = { correlationId, caseId, subjects, traceparent };
      const work = { ...under, belongs, state, claimedMs };
      worker.run(() => perform(parts, work));
      working = true;
    } finally {
      if (!working) worker?.dismiss();
    }
  };
};

/** One set of rules a profile, as long as the profile is remembered. */
const rulesOf = ({ profiles, model, times, sign }: RunParts) => {
  const known = new WeakMap<object, Ruled>();
  return async (reference: Reference): Promise<Ruled> => {
    const profile = await profiles.load(reference);
    const found = known.get(profile);
    if (found) return found;
    const rules = { profile, model: model.id, times, sign };
    const made = { rules, process: agentRun(rules) };
    known.set(profile, made);
    return made;
  };
};

/** A stream that holds no request: nothing that is said about it counts. */
const neverAskedFor: RunProcess = { ...runFold, decide: () => ignore('never asked for') };
