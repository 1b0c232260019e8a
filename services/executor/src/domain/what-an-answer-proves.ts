import { meaningOf, referenceIn, type CallOutcome, type Tool } from '@countersign/tools';
import type { Finding } from './facts.js';

/**
 * Statuses that a target decides on its state, after it has looked at the key; those before
 * (credentials, size, form) say nothing about what an earlier call with the key has done.
 */
const decidedAfterTheKey: ReadonlySet<number> = new Set([404, 409, 410, 412, 422]);

/**
 * What the outcome of a write call proves.
 *
 * A refusal proves that this call did nothing. It proves that no call with this key ever did, nor
 * will, under three conditions together:
 * - class `native`: the target looks at the key first, so a call that took effect would have been
 *   found and answered 2xx;
 * - a status that it decides after the key (see above);
 * - `If-Match` was sent: a call of ours that is still under way meets either the same state, and so
 *   the same refusal, or a newer one, and so 412. An etag never comes back.
 * Without the third, an earlier call that was given up but still runs could find a state that lets it
 * pass after we have recorded that nothing was done. Class `readback` promises nothing about the
 * order of key and state: there only asking by key, after the witness was read, proves it.
 */
export const proofIn = (tool: Tool, outcome: CallOutcome, pinned: boolean): Finding => {
  switch (outcome.kind) {
    case 'no-call-left':
      return { kind: 'not-called', detail: outcome.cause };
    case 'unknown':
      return { kind: 'unknown', detail: `no answer: ${outcome.cause}` };
    case 'answered':
      return proofInAnswer(tool, outcome, pinned);
  }
};

const proofInAnswer = (
  tool: Tool,
  { status, body }: Extract<CallOutcome, { kind: 'answered' }>,
  pinned: boolean,
): Finding => {
  const detail = `the target answered ${status}`;
  const covers =
    pinned && tool.idempotency === 'native' && decidedAfterTheKey.has(status)
      ? 'every-call'
      : 'this-call';
  switch (meaningOf(tool, status)) {
    case 'done':
      return { kind: 'done', by: 'answer', reference: referenceIn(tool, body) };
    case 'stale':
      return { kind: 'refused', reason: 'witness-changed', detail, covers };
    case 'not-done':
      return { kind: 'refused', reason: 'target-refused', detail, covers };
    case 'unknown':
      return { kind: 'unknown', detail };
  }
};

/** Whether a key was used, by the target's own word; `unknown` when it does not say. */
export const proofInReadback = (
  tool: Tool,
  outcome: CallOutcome,
): 'absent' | Extract<Finding, { kind: 'done' | 'unknown' }> => {
  if (outcome.kind !== 'answered')
    return { kind: 'unknown', detail: `no answer: ${outcome.cause}` };
  const { status, body } = outcome;
  if (status === tool.readback?.found) {
    return { kind: 'done', by: 'readback', reference: referenceIn(tool, body) };
  }
  return status === 404 ? 'absent' : { kind: 'unknown', detail: `the target answered ${status}` };
};
