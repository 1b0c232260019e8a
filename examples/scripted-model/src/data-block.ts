import { textOf, type ChatMessage } from './chat.js';

/** What a supervisor or the target said about the last proposal. */
export interface Feedback {
  readonly kind: string;
  readonly reason: string;
  readonly comment?: string;
}

/** The user message's data: a ticket, what earlier steps found, and feedback on a second visit. */
export interface StepData {
  readonly task: string;
  readonly ticket: Readonly<Record<string, unknown>>;
  readonly results: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly feedback?: Feedback;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON between the lines `<<<DATA` and `DATA>>>` of the last user message that has them. */
export const dataIn = (messages: readonly ChatMessage[]): StepData | undefined => {
  const fenced = messages
    .filter(({ role }) => role === 'user')
    .map(textOf)
    .findLast((text) => text.includes('<<<DATA\n'));
  if (fenced === undefined) return undefined;
  const from = fenced.indexOf('<<<DATA\n') + '<<<DATA\n'.length;
  const to = fenced.lastIndexOf('\nDATA>>>');
  try {
    const data: unknown = JSON.parse(fenced.slice(from, to));
    if (!isObject(data) || !isObject(data.ticket)) return undefined;
    return {
      task: String(data.task),
      ticket: data.ticket,
      results: (isObject(data.results) ? data.results : {}) as StepData['results'],
      ...(isObject(data.feedback) && { feedback: data.feedback as unknown as Feedback }),
    };
  } catch {
    return undefined;
  }
};

/**
 * The answer to the latest call of `name` with these arguments: undefined when it was not made yet.
 * `status` is 0 when the call was refused before it was made.
 */
export const answerTo = (
  messages: readonly ChatMessage[],
  name: string,
  fits: (args: Record<string, unknown>) => boolean,
): { readonly status: number; readonly body: unknown } | undefined => {
  const made = messages
    .flatMap(({ tool_calls: calls }) => calls ?? [])
    .findLast((made) => made.function.name === name && fits(parsed(made.function.arguments)));
  const told = made && messages.findLast((message) => message.tool_call_id === made.id);
  if (!told) return undefined;
  const { status, body } = parsed(textOf(told));
  return { status: typeof status === 'number' ? status : 0, body };
};

const parsed = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
};
