import { hash } from 'node:crypto';
import { say, textOf, type ChatCompletion, type ChatRequest, type Said } from './chat.js';
import { classify } from './classify.js';
import { dataIn } from './data-block.js';
import { draft } from './draft.js';
import { isTransportMode, misbehave, modes, type Mode } from './misbehave.js';
import { obey } from './obey.js';
import { readTicket } from './reading.js';

export const modelName = 'scripted-1';
const fingerprint = 'scripted-rules-no-language-model';

export interface AnswerOptions {
  /** Follows orders found in tickets: the adversary, for tests. */
  readonly obeys?: boolean;
  /** Spoils the answer; the model name's suffix, e.g. `scripted-1:cut`, does the same. */
  readonly mode?: Mode | undefined;
  /** Seconds since 1970 to put into the answer. */
  readonly created?: number;
}

/** The mode that a model name asks for by its suffix; undefined for a name that is not ours. */
export const modeOf = (model: string): Mode | 'none' | undefined => {
  if (model === modelName) return 'none';
  const [name, suffix] = model.split(':');
  return name === modelName ? modes.find((mode) => mode === suffix) : undefined;
};

/** What this model says is decided by rules on the request's text alone: the same again and again. */
export const answer = (request: ChatRequest, options: AnswerOptions = {}): ChatCompletion => {
  const asked = modeOf(request.model);
  const mode = options.mode ?? (asked === 'none' ? undefined : asked);
  const honest = think(request, options.obeys ?? false);
  const said = mode === undefined || isTransportMode(mode) ? honest : misbehave(mode, honest);
  return completionOf(request, said, options.created ?? 0, mode === 'empty');
};

const nothingToDo =
  'This is the scripted model: it answers tickets by fixed rules and found no ticket in the request.';

const think = (request: ChatRequest, obeys: boolean): Said => {
  const data = dataIn(request.messages);
  if (!data) return say(nothingToDo);
  const obeyed = obeys ? obey(request, data) : undefined;
  if (obeyed) return obeyed;
  const reading = readTicket(data, obeys);
  return request.response_format?.type === 'json_schema'
    ? classify(request, reading)
    : draft(request, data, reading);
};

/** About four characters a token. */
const tokensIn = (length: number) => Math.ceil(length / 4);

const completionOf = (
  request: ChatRequest,
  { content, calls, finish }: Said,
  created: number,
  empty: boolean,
): ChatCompletion => {
  const asked = request.messages.map(textOf).join('\n');
  const id = hash('sha256', `${request.messages.length}\n${asked}`, 'hex').slice(0, 24);
  const made = calls.map(({ name, arguments: args }, n) => ({
    id: `call_${id.slice(0, 12)}_${n}`,
    type: 'function' as const,
    function: { name, arguments: args },
  }));
  const prompt = tokensIn(asked.length);
  const said = calls.reduce((sum, made) => sum + made.name.length + made.arguments.length, 0);
  const completion = tokensIn((content?.length ?? 0) + said);
  const choice = {
    index: 0,
    message: {
      role: 'assistant' as const,
      content,
      refusal: null,
      ...(made.length > 0 && { tool_calls: made }),
    },
    logprobs: null,
    finish_reason: finish ?? (made.length > 0 ? ('tool_calls' as const) : ('stop' as const)),
  };
  return {
    id: `chatcmpl-scripted-${id}`,
    object: 'chat.completion',
    created,
    model: request.model,
    system_fingerprint: fingerprint,
    choices: empty ? [] : [choice],
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
    },
  };
};
