import OpenAI from 'openai';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import type { CallFailed } from '../domain/outcomes.js';
import { capsMax } from '../domain/caps.js';
import { answerFrom, completionRequest, failed, type Model } from './model.js';

export interface Endpoint {
  /** Up to and including `/v1`. */
  readonly baseURL: string;
  readonly apiKey: string;
  /** Id of the model. */
  readonly id: string;
}

/** Any OpenAI-compatible endpoint. Retries are the run's business: each attempt is logged first. */
export const openaiModel = ({ baseURL, apiKey, id }: Endpoint, now: () => string): Model => {
  const client = new OpenAI({
    baseURL,
    apiKey,
    // Given, so that the client does not look for them in the environment.
    ...{ organization: null, project: null, webhookSecret: null, adminAPIKey: null },
    maxRetries: 0,
    logLevel: 'off',
    fetch: boundedFetch(capsMax.answerMaxBytes),
  });
  return {
    id,
    ask: async (prompt, limits) => {
      // The client takes whole milliseconds only.
      const timeout = Math.max(1, Math.floor(limits.timeoutMs));
      const deadline = AbortSignal.timeout(timeout);
      const signal = AbortSignal.any([deadline, limits.signal]);
      const request = completionRequest(id, prompt, limits);
      try {
        const completion: unknown = await client.chat.completions.create(
          request as unknown as ChatCompletionCreateParamsNonStreaming,
          { signal, timeout },
        );
        return answerFrom(completion, limits);
      } catch (error) {
        return deadline.aborted ? failed('timed-out', 'deadline') : failureOf(error, now);
      }
    },
  };
};

/** The endpoint sent more than anybody will read. */
class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** Reads an answer to its end, but no further than `maxBytes`. */
const boundedFetch =
  (maxBytes: number): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'manual' });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new AnswerTooLarge();
      chunks.push(chunk);
    }
    const { status, headers } = response;
    const hasNoBody = status === 204 || status === 304 || (status >= 100 && status < 200);
    return new Response(hasNoBody ? null : Buffer.concat(chunks), { status, headers });
  };

const failureOf = (error: unknown, now: () => string): CallFailed => {
  if (chainOf(error).some(({ name }) => name === 'AnswerTooLarge')) {
    return failed('too-large', 'answer');
  }
  if (error instanceof OpenAI.APIConnectionTimeoutError) return failed('timed-out', 'deadline');
  if (error instanceof OpenAI.APIUserAbortError) return failed('timed-out', 'aborted');
  if (error instanceof OpenAI.APIConnectionError) return failed('unreachable', codeOf(error));
  if (error instanceof OpenAI.APIError) {
    const { status, headers } = error as InstanceType<typeof OpenAI.APIError>;
    return ofStatus(Number(status), headers as Headers | undefined, now);
  }
  return failed('unreadable', (error as Error).name);
};

const ofStatus = (status: number, headers: Headers | undefined, now: () => string): CallFailed => {
  const cause = `status-${status}`;
  const retryAfterMs = headers && retryAfterIn(headers, now());
  if (status === 429) return failed('rate-limited', cause, retryAfterMs);
  const passes = status >= 500 || status === 408 || status === 409 || status === 425;
  return passes ? failed('server-error', cause, retryAfterMs) : failed('rejected', cause);
};

/** `Retry-After` in seconds or as a date; undefined when absent or unreadable. */
export const retryAfterIn = (
  headers: { get(name: string): string | null },
  now: string,
): number | undefined => {
  const ms = Number(headers.get('retry-after-ms') ?? NaN);
  if (ms >= 0) return ms;
  const written = headers.get('retry-after');
  if (written === null || written.trim() === '') return undefined;
  const seconds = Number(written);
  if (seconds >= 0) return seconds * 1_000;
  const until = Date.parse(written) - Date.parse(now);
  return Number.isNaN(until) ? undefined : Math.max(0, until);
};

interface Link {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** The error and what lies below it; by form, since errors of the runtime may be of another realm. */
const chainOf = (error: unknown): readonly Link[] => {
  const chain: Link[] = [];
  let next = error;
  while (typeof next === 'object' && next !== null && chain.length < chainMax) {
    chain.push(next);
    next = (next as Link).cause;
  }
  return chain;
};
const chainMax = 5;

const codeOf = (error: unknown): string => {
  const code = chainOf(error).find((link) => typeof link.code === 'string')?.code;
  return typeof code === 'string' ? code : 'connection';
};
