import type { Failpoints } from '@countersign/failpoints';
import { UnsafePath, type CallOutcome, type Tool } from '@countersign/tools';
import type { Authority } from '../domain/authority.js';
import {
  authorityChecks,
  firstNo,
  targetChecks,
  type AuthorityFacts,
  type No,
} from '../domain/checks.js';
import type { Finding } from '../domain/facts.js';
import { proofIn, proofInReadback } from '../domain/what-an-answer-proves.js';
import {
  callInLease,
  readWitness,
  requestsFor,
  type InLease,
  type Requests,
} from './ask-target.js';

/** One epoch of one execution, as its worker sees it. */
export interface Epoch {
  readonly facts: AuthorityFacts;
  /** Whether a call of an earlier epoch may have left. */
  readonly repeat: boolean;
  readonly lease: InLease;
  readonly failpoints: Failpoints;
  /** Told of every write call that was made, or tried. */
  readonly called: (tool: Tool, authority: Authority, outcome: CallOutcome, found: Finding) => void;
}

const refused = (
  { reason, detail, check }: No & { check: string },
  covers: 'this-call' | 'every-call' = 'this-call',
): Finding => ({ kind: 'refused', reason, detail: `${check}: ${detail}`, covers });

/**
 * Acts in one epoch: checks, then calls. Where a call may have left before, a "no" cannot refuse any
 * more, and what was made already must not be made into a second effect: a `native` target gets the
 * identical request, a `readback` target is asked by key first.
 */
export const findOut = async (epoch: Epoch): Promise<Finding> => {
  const { facts, repeat } = epoch;
  const no = firstNo(authorityChecks, facts);
  // An authority that is gone stops the repeat as well: it might be the first call that arrives.
  if (no && repeat) return { kind: 'not-repeated', detail: `${no.check}: ${no.detail}` };
  if (no) return refused(no);
  const tool = facts.tool!;
  const authority = facts.authority as Authority;
  let requests: Requests;
  try {
    requests = requestsFor(tool, authority);
  } catch (error) {
    if (!(error instanceof UnsafePath)) throw error;
    return refused({ reason: 'arguments-invalid', detail: error.message, check: 'arguments' });
  }
  const acting = { ...epoch, tool, authority, requests };
  if (!repeat) return firstCall(acting);
  return tool.idempotency === 'readback' ? askThenCall(acting) : call(acting);
};

interface Acting extends Epoch {
  readonly tool: Tool;
  readonly authority: Authority;
  readonly requests: Requests;
}

const firstCall = async (acting: Acting): Promise<Finding> => {
  const { lease, tool, requests, facts } = acting;
  const witness = await readWitness(lease, tool, requests.witness);
  if (witness.kind === 'unread') return { kind: 'not-called', detail: witness.detail };
  const no = firstNo(targetChecks, { ...facts, witness });
  return no ? refused(no) : call(acting);
};

/**
 * The witness is read before the key is asked for. So "moved on, and not found" proves that nothing
 * of ours was done before the question, and that a call still under way meets another etag: it never
 * will be. "Unchanged, and not found" allows the call again, because `If-Match` lets only one of two
 * calls take effect; without it an earlier call could still arrive beside it.
 */
const askThenCall = async (acting: Acting): Promise<Finding> => {
  const { lease, tool, requests, facts } = acting;
  const witness = await readWitness(lease, tool, requests.witness);
  const asked = await callInLease(lease, tool, requests.readback!);
  const found = proofInReadback(tool, asked);
  if (found !== 'absent') return found;
  if (!requests.pinned) {
    return { kind: 'unknown', detail: 'not found by its key, but a call may still be under way' };
  }
  if (witness.kind === 'unread') return { kind: 'unknown', detail: witness.detail };
  const no = firstNo(targetChecks, { ...facts, witness });
  if (no?.reason === 'witness-changed') return refused(no, 'every-call');
  return no ? { kind: 'unknown', detail: no.detail } : call(acting);
};

const call = async (acting: Acting): Promise<Finding> => {
  const { lease, tool, authority, requests, failpoints } = acting;
  await failpoints.reach('executor.before_call');
  const outcome = await callInLease(lease, tool, requests.write);
  await failpoints.reach('executor.after_call');
  const found = proofIn(tool, outcome, requests.pinned);
  acting.called(tool, authority, outcome, found);
  return found;
};
