import { argumentsFrom, functionName, toolNamed, type Tool } from '@countersign/tools';
import type { AbstainReason, ToolRefusal } from './facts.js';
import type { AskedCall, ModelAnswer } from './outcomes.js';
import type { Profile } from './profile.js';
import { abstainName, explanationMaxLength, modelReasons } from './prompt.js';
import { parseStrictly } from './strict-json.js';

/** What an answer amounts to. Anything that is cut, filtered or garbled is `unreadable` (I19). */
export type Reading =
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'result'; readonly result: Record<string, unknown> }
  | { readonly kind: 'abstains'; readonly reason: AbstainReason; readonly explanation: string }
  | { readonly kind: 'asks'; readonly calls: readonly Judged[] };

/** A function that the model asks for, held against what it was offered. */
export type Judged =
  | {
      readonly kind: 'read' | 'write';
      readonly of: number;
      readonly tool: Tool;
      readonly arguments: Record<string, unknown>;
    }
  | Refused;
export interface Refused {
  readonly kind: 'refused';
  readonly of: number;
  readonly asked: string;
  readonly reason: ToolRefusal;
  /** Set when the name is that of a writing tool, whatever was wrong with the call. */
  readonly writes: boolean;
}

const unreadable = (why: string) => ({ kind: 'unreadable', why }) as const;

/** The two ways in which an endpoint says that an answer is whole. */
const whole = ['stop', 'tool_calls'];
const resultMaxLength = 32 * 1024;

export const readAnswer = (profile: Profile, answer: ModelAnswer): Reading => {
  if (!whole.includes(answer.finish)) return unreadable(`finished by ${shortened(answer.finish)}`);
  const abstention = answer.calls.find(({ name }) => name === abstainName);
  if (abstention) return readAbstention(abstention);
  if (answer.calls.length > 0) {
    return { kind: 'asks', calls: answer.calls.map((call, of) => judge(profile.tools, call, of)) };
  }
  return profile.produces === 'result'
    ? readResult(profile, answer.text)
    : unreadable('it asks for nothing');
};

const readResult = ({ output }: Profile, text: string): Reading => {
  if (text.length > resultMaxLength) return unreadable('the result is too long');
  const result = parseStrictly(text);
  return typeof result === 'object' && result !== null && output?.fits(result) === true
    ? { kind: 'result', result: result as Record<string, unknown> }
    : unreadable('it is not of the form that was asked for');
};

const readAbstention = ({ arguments: text }: AskedCall): Reading => {
  const { reason, explanation } = (parseStrictly(text) ?? {}) as Record<string, unknown>;
  const known = modelReasons.find((name) => name === reason);
  if (known === undefined || typeof explanation !== 'string') {
    return unreadable('it abstains without a reason that can be read');
  }
  return {
    kind: 'abstains',
    reason: known,
    explanation: clipped(explanation, explanationMaxLength),
  };
};

/** Deny by default: exact name, strict arguments, within the caps; else the call does not exist. */
const judge = (offered: readonly Tool[], call: AskedCall, of: number): Judged => {
  const tool = toolNamed(call.name, offered);
  const refused = (reason: ToolRefusal): Refused => ({
    kind: 'refused',
    of,
    asked: shortened(call.name),
    reason,
    writes: tool?.effect === 'write',
  });
  if (!tool || (tool.effect !== 'read' && tool.effect !== 'write')) {
    return refused(looksLikeOne(call.name, offered) ? 'name-variant' : 'not-offered');
  }
  const read = argumentsFrom(tool, call.arguments);
  if (!read.ok) return refused('invalid-arguments');
  return { kind: tool.effect, of, tool, arguments: read.arguments };
};

/** An offered name but for case, signs and look-alike forms: worth telling apart in an audit. */
const looksLikeOne = (name: string, offered: readonly Tool[]): boolean =>
  offered.some((tool) => bare(functionName(tool)) === bare(name));
const bare = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');

const nameMaxLength = 80;
const shortened = (name: string): string => clipped(name, nameMaxLength);

/** At most `max` characters, none of them half. */
export const clipped = (text: string, max: number): string => text.slice(0, max).toWellFormed();
