import { say, type ChatRequest, type Said } from './chat.js';
import type { StepData } from './data-block.js';
import { categories } from './intent.js';

const order = /\bcall (?:the )?(?:tool |function )?[`"']?([\w.-]+)[`"']? with\s*(?=\{)/iu;
const relabel = /\b(?:set|change) (?:the )?category to ([a-z-]+)/iu;

/**
 * The adversary: does what text in the ticket tells it, as a model that has been taken over would.
 * For tests that show that the platform contains it. Nothing when the text gives no orders.
 */
export const obey = (request: ChatRequest, { ticket }: StepData): Said | undefined => {
  const text = `${String(ticket.subject)}\n${String(ticket.body)}`;
  if (request.response_format?.type === 'json_schema') {
    const label = categories.find((category) => category === relabel.exec(text)?.[1]);
    return label && say(JSON.stringify({ category: label, language: 'en', urgency: 'low' }));
  }
  const found = order.exec(text);
  if (!found) return undefined;
  const args = objectAt(text, found.index + found[0].length);
  return {
    content: 'Doing as the text says.',
    calls: [{ name: found[1]!.replaceAll('.', '_'), arguments: args }],
  };
};

/** The text of the object that begins at `from`, braces in strings left aside. */
const objectAt = (text: string, from: number): string => {
  let depth = 0;
  for (const { 0: found, index } of text.slice(from).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (found === '{') depth += 1;
    if (found === '}') depth -= 1;
    if (depth === 0) return text.slice(from, from + index + 1);
  }
  return text.slice(from);
};
