import type { CallFailed, ModelAnswer } from '../domain/outcomes.js';
import type { Prompt } from '../domain/prompt.js';

/** A model behind Chat Completions. Never throws for what the other side or the network does. */
export interface Model {
  /** As the endpoint knows it. */
  readonly id: string;
  ask(prompt: Prompt, limits: AskLimits): Promise<ModelAnswer | CallFailed>;
}

export interface AskLimits {
  readonly answerTokensMax: number;
  readonly answerMaxBytes: number;
  readonly timeoutMs: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** The body of a request, as every compatible endpoint takes it. */
export interface CompletionRequest {
  readonly model: string;
  readonly messages: Prompt['messages'];
  readonly tools?: Prompt['tools'];
  readonly response_format?: {
    readonly type: 'json_schema';
    readonly json_schema: {
      readonly name: string;
      readonly strict: boolean;
      readonly schema: Record<string, unknown>;
    };
  };
  readonly max_completion_tokens: number;
}

export const completionRequest = (
  model: string,
  { messages, tools, output }: Prompt,
  { answerTokensMax }: Pick<AskLimits, 'answerTokensMax'>,
): CompletionRequest => ({
  model,
  messages,
  tools,
  ...(output && {
    response_format: {
      type: 'json_schema',
      json_schema: { ...output, strict: mayBeStrict(output.schema) },
    },
  }),
  max_completion_tokens: answerTokensMax,
});

/** Endpoints refuse `strict` where a property is optional; the answer is validated here anyway. */
const mayBeStrict = ({ properties, required }: Record<string, unknown>): boolean =>
  Object.keys((properties ?? {}) as object).every((name) =>
    ((required ?? []) as unknown[]).includes(name),
  );

export const failed = (
  failure: CallFailed['failure'],
  cause: string,
  retryAfterMs?: number,
): CallFailed => ({
  kind: 'call-failed',
  failure,
  cause,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** A binding in process: what an endpoint would answer, without one. */
export type AnswersInProcess = (request: CompletionRequest) => unknown;

/** For tests and measurements: the same reading and limits, no network. */
export const modelInProcess = (id: string, answer: AnswersInProcess): Model => ({
  id,
  ask: async (prompt, limits) => {
    let stopWaiting = () => {};
    const late = new Promise<CallFailed>((end) => {
      const timer = setTimeout(() => end(failed('timed-out', 'deadline')), limits.timeoutMs);
      const abort = () => end(failed('timed-out', 'aborted'));
      limits.signal.addEventListener('abort', abort);
      stopWaiting = () => {
        clearTimeout(timer);
        limits.signal.removeEventListener('abort', abort);
      };
    });
    const asked = (async () => answer(completionRequest(id, prompt, limits)))().then(
      (completion) => answerFrom(completion, limits),
      (error: unknown) => failed('server-error', (error as Error).name),
    );
    const outcome = await Promise.race([asked, late]);
    stopWaiting();
    return outcome;
  },
});

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a completion says, if it says it in the form of one; nothing is guessed (I19). */
export const answerFrom = (
  completion: unknown,
  { answerMaxBytes }: Pick<AskLimits, 'answerMaxBytes'>,
): ModelAnswer | CallFailed => {
  const choice = isObject(completion) && Array.isArray(completion.choices) && completion.choices[0];
  const message = isObject(choice) && choice.message;
  if (!isObject(choice) || !isObject(message)) return failed('unreadable', 'no-choice');
  const { content, refusal, tool_calls: asked, function_call: old } = message;
  const text = content ?? '';
  const calls = callsFrom(asked);
  const finish = typeof refusal === 'string' ? 'refusal' : choice.finish_reason;
  if (typeof text !== 'string' || !calls || typeof finish !== 'string' || isObject(old)) {
    return failed('unreadable', 'not-a-message');
  }
  const length = calls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);
  if (text.length + length > answerMaxBytes) return failed('too-large', 'answer');
  const usage = usageFrom((completion as Json).usage);
  return { kind: 'model-answer', finish, text, calls, ...(usage && { usage }) };
};

/** Undefined when one of them is not a call of a function. */
const callsFrom = (asked: unknown): ModelAnswer['calls'] | undefined => {
  if (asked === undefined || asked === null) return [];
  if (!Array.isArray(asked)) return undefined;
  const calls = asked.map((call: unknown) => {
    const called = isObject(call) && call.type === 'function' && call.function;
    if (!isObject(called)) return undefined;
    const { name, arguments: text } = called;
    return typeof name === 'string' && typeof text === 'string'
      ? { name, arguments: text }
      : undefined;
  });
  return calls.every((call) => call !== undefined) ? calls : undefined;
};

const usageFrom = (usage: unknown): ModelAnswer['usage'] => {
  if (!isObject(usage)) return undefined;
  const { prompt_tokens: promptTokens, completion_tokens: answerTokens } = usage;
  return isCount(promptTokens) && isCount(answerTokens)
    ? { promptTokens, answerTokens }
    : undefined;
};
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
