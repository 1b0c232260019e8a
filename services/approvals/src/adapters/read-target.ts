import type { Witness } from '@countersign/contracts';
import { Problem, unavailable } from '@countersign/http';
import { UnsafePath, witnessRequestFor, type Tool, type ToolCaller } from '@countersign/tools';
import type { Clock } from '@countersign/time';

/** The target as it is now, for the proposal of a person. */
export interface TargetSeen {
  readonly witness: Witness | null;
  readonly target: Record<string, unknown> | null;
}

/**
 * Reads what the tool's witness is about, with a credential that can only read.
 * @throws Problem 422 the arguments name no target; 503 it cannot be read now
 */
export const readTargetOf = async (
  caller: ToolCaller,
  clock: Pick<Clock, 'monotonicMs'>,
  tool: Tool,
  args: Readonly<Record<string, unknown>>,
): Promise<TargetSeen> => {
  const request = requestOf(tool, args);
  if (!request) return { witness: null, target: null };
  const monotonic = () => clock.monotonicMs();
  const deadlineMs = monotonic() + tool.timeoutMs;
  const outcome = await caller.call(request, { deadlineMs, monotonic });
  if (outcome.kind !== 'answered') throw unavailable(`target not read: ${outcome.cause}`);
  const { status, headers, body } = outcome;
  if (status === 404 || status === 410) throw noTarget(`${request.path} does not exist`);
  const etag = headers['etag'];
  if (status !== 200 || etag === undefined) {
    throw unavailable(`target answered ${status}${etag === undefined ? ' without an ETag' : ''}`);
  }
  return { witness: { resource: request.path, etag }, target: objectIn(body) };
};

const requestOf = (tool: Tool, args: Readonly<Record<string, unknown>>) => {
  try {
    return witnessRequestFor(tool, args);
  } catch (error) {
    if (error instanceof UnsafePath) throw noTarget(error.message);
    throw error;
  }
};

const noTarget = (message: string) =>
  new Problem(422, 'target-not-found', 'There is nothing to change', {
    detail: 'The arguments name something that does not exist.',
    errors: [{ pointer: '/arguments', message }],
  });

const objectIn = (body: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(body);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};
