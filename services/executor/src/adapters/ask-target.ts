import { idempotencyKeyOf } from '@countersign/contracts';
import {
  readbackRequestFor,
  requestFor,
  witnessRequestFor,
  type CallOutcome,
  type Tool,
  type ToolCaller,
  type ToolRequest,
} from '@countersign/tools';
import type { Authority } from '../domain/authority.js';
import type { WitnessSeen } from '../domain/checks.js';

/** The requests of one proposal: the same to the byte in every epoch. */
export interface Requests {
  readonly write: ToolRequest;
  readonly witness: ToolRequest | null;
  readonly readback: ToolRequest | null;
  /** The write says which state of the target it is meant for. */
  readonly pinned: boolean;
}

/** @throws UnsafePath an argument cannot stand in a path */
export const requestsFor = (tool: Tool, { proposal, content }: Authority): Requests => {
  const idempotencyKey = idempotencyKeyOf(proposal.proposalId, 0);
  const ifMatch = content.witness?.etag;
  const args = content.arguments;
  return {
    write: requestFor(tool, args, {
      idempotencyKey,
      ...(ifMatch !== undefined && { ifMatch }),
    }),
    witness: witnessRequestFor(tool, args),
    readback: readbackRequestFor(tool, args, idempotencyKey),
    pinned: ifMatch !== undefined,
  };
};

/** Calls that must all be over before the lease is. */
export interface InLease {
  readonly caller: ToolCaller;
  readonly monotonic: () => number;
  /** Reading of `monotonic` after which nothing of this epoch may be under way. */
  readonly endsMs: number;
  /** How long one call may take. */
  readonly callTimeoutMs: number;
}

/** One call, never longer than the tool, the setting and the lease allow. */
export const callInLease = (
  { caller, monotonic, endsMs, callTimeoutMs }: InLease,
  { timeoutMs }: Tool,
  request: ToolRequest,
): Promise<CallOutcome> => {
  const deadlineMs = Math.min(endsMs, monotonic() + Math.min(callTimeoutMs, timeoutMs));
  return caller.call(request, { deadlineMs, monotonic });
};

/** The target as it is now, or why it could not be asked. */
export const readWitness = async (
  lease: InLease,
  tool: Tool,
  request: ToolRequest | null,
): Promise<WitnessSeen | { readonly kind: 'unread'; readonly detail: string }> => {
  if (request === null) return { kind: 'none' };
  const outcome = await callInLease(lease, tool, request);
  if (outcome.kind !== 'answered') {
    return { kind: 'unread', detail: `the witness could not be read: ${outcome.cause}` };
  }
  const { status, headers } = outcome;
  const etag = headers['etag'];
  if (status === 200 && etag !== undefined) {
    return { kind: 'etag', resource: request.path, etag };
  }
  if (status === 404 || status === 410) return { kind: 'gone', status };
  if (status === 401 || status === 403) return { kind: 'denied', status };
  return { kind: 'unread', detail: `the witness was answered ${status}` };
};
