import type { ToolCall } from '../domain/course.js';
import { capsMax } from '../domain/caps.js';
import type { CallFailed, ToolAnswer } from '../domain/outcomes.js';
import {
  requestFor,
  UnsafePath,
  witnessRequestFor,
  type CallOutcome,
  type Tool,
  type ToolCaller,
  type ToolRequest,
} from '@countersign/tools';
import { failed } from './model.js';
import { retryAfterIn } from './openai-model.js';

export interface Reading {
  readonly caller: ToolCaller;
  readonly monotonic: () => number;
  /** Reading of `monotonic` at which waiting ends. */
  readonly deadlineMs: number;
  readonly now: string;
}

/** Makes one read. Whatever asks for it, nothing but a GET leaves from here (I17). */
export const readTool = async (
  tool: Tool,
  call: ToolCall,
  { caller, monotonic, deadlineMs, now }: Reading,
): Promise<ToolAnswer | CallFailed> => {
  const request = readRequest(tool, call);
  if (!request) return failed('rejected', 'not-a-read');
  const until = Math.min(deadlineMs, monotonic() + tool.timeoutMs);
  return outcomeOf(await caller.call(request, { deadlineMs: until, monotonic }), now);
};

const readRequest = (tool: Tool, call: ToolCall): ToolRequest | undefined => {
  try {
    const request =
      call.purpose === 'witness'
        ? witnessRequestFor(tool, call.arguments)
        : tool.effect === 'read'
          ? requestFor(tool, call.arguments)
          : null;
    return request?.method === 'GET' && request.body === undefined ? request : undefined;
  } catch (error) {
    if (error instanceof UnsafePath) return undefined;
    throw error;
  }
};

const lasting = ['target-not-configured', 'credential-not-held'];

const outcomeOf = (outcome: CallOutcome, now: string): ToolAnswer | CallFailed => {
  if (outcome.kind !== 'answered') {
    const { cause } = outcome;
    if (lasting.includes(cause)) return failed('rejected', cause);
    if (cause === 'answer-too-large') return failed('too-large', cause);
    return failed(cause === 'deadline' ? 'timed-out' : 'unreachable', cause);
  }
  const { status, headers, body } = outcome;
  const retryAfterMs = retryAfterIn({ get: (name) => headers[name] ?? null }, now);
  if (status === 429) return failed('rate-limited', `status-${status}`, retryAfterMs);
  if (status >= 500) return failed('server-error', `status-${status}`, retryAfterMs);
  if (body.length > capsMax.answerMaxBytes) return failed('too-large', 'answer');
  const { etag } = headers;
  return { kind: 'tool-answer', status, body, ...(etag !== undefined && { etag }) };
};
