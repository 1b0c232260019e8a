import type { ChatCompletion, ChatRequest } from './chat.js';

const pieceLength = 40;

/** Pieces of a text, none of them ending in half a character. */
const piecesOf = (text: string): readonly string[] => {
  const characters = [...text];
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += pieceLength) {
    pieces.push(characters.slice(at, at + pieceLength).join(''));
  }
  return pieces;
};

/** A completion as server-sent events, the way streaming clients expect it. */
export function* eventsOf(
  { choices, usage, ...head }: ChatCompletion,
  options: ChatRequest['stream_options'],
): Generator<string> {
  const event = (parts: object) =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [], ...parts })}\n\n`;
  const delta = (part: object, finish: string | null = null) =>
    event({ choices: [{ index: 0, delta: part, logprobs: null, finish_reason: finish }] });
  for (const { message, finish_reason: finish } of choices) {
    yield delta({ role: 'assistant', content: message.content === null ? null : '' });
    for (const content of piecesOf(message.content ?? '')) yield delta({ content });
    for (const [index, made] of (message.tool_calls ?? []).entries()) {
      const { name, arguments: args } = made.function;
      yield delta({ tool_calls: [{ ...made, index, function: { name, arguments: '' } }] });
      for (const piece of piecesOf(args)) {
        yield delta({ tool_calls: [{ index, function: { arguments: piece } }] });
      }
    }
    yield delta({}, finish);
  }
  if (options?.include_usage) yield event({ usage });
  yield 'data: [DONE]\n\n';
}
