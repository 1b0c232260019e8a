import type { Tool } from '@countersign/tools';
import type { Course, ToolTurn } from './course.js';
import type { RunRequest } from './facts.js';
import { hasHiddenCharacters } from './hidden-characters.js';
import { seemsToInstruct } from './instructions.js';
import { mentions, textsIn } from './texts.js';

/** What an approver is warned of. Raised by code over what was read; a model has no say in it. */
export const flagNames = [
  'source-contains-instructions',
  'hidden-characters',
  'target-mismatch',
  'link-in-text',
  'asked-for-other-tools',
  'no-source-read',
  'made-after-feedback',
] as const;
export type Flag = (typeof flagNames)[number];

export interface Flagged {
  readonly request: RunRequest;
  readonly course: Course;
  readonly tool: Tool;
  readonly arguments: Record<string, unknown>;
  readonly target: Record<string, unknown> | null;
}

export const flagsOf = (proposed: Flagged): readonly Flag[] => {
  const { request, course } = proposed;
  const ticket = textsIn(request.context.input);
  const sources = [...ticket, ...readTexts(course)];
  const written = textsIn(proposed.arguments);
  const raised: Readonly<Record<Flag, boolean>> = {
    'source-contains-instructions': sources.some(seemsToInstruct),
    'hidden-characters': [...sources, ...written].some(hasHiddenCharacters),
    'target-mismatch': namesAnotherTarget(proposed, ticket),
    'link-in-text': written.some((text) => bringsLink(text, ticket)),
    'asked-for-other-tools': course.turns.some(isForeignAsk),
    'no-source-read': proposed.target === null && !course.turns.some(({ kind }) => kind === 'tool'),
    'made-after-feedback': request.context.feedback !== undefined,
  };
  return flagNames.filter((name) => raised[name]);
};

const readTexts = ({ turns }: Course): readonly string[] =>
  turns.filter((turn): turn is ToolTurn => turn.kind === 'tool').map(({ answer }) => answer.body);

const isForeignAsk = (turn: Course['turns'][number]): boolean =>
  turn.kind === 'refused' && (turn.reason === 'not-offered' || turn.reason === 'name-variant');

/**
 * The call is about something else than the ticket (an order, a customer), or the target as read
 * belongs to somebody else than the arguments say.
 */
const namesAnotherTarget = (
  { request, tool, arguments: args, target }: Flagged,
  ticket: readonly string[],
): boolean => {
  const strange = identifiers(tool).some((name) => {
    const value = args[name];
    if (typeof value !== 'string' && typeof value !== 'number') return false;
    const declared = declaredAs(request.context.input, name);
    if (declared.length > 0) return !declared.includes(String(value));
    return !mentions(ticket, String(value));
  });
  return strange || contradicts(tool, args, target);
};

/** What the ticket's own fields say, which free text cannot overrule: `order`, `customer.id`. */
const declaredAs = (input: Record<string, unknown>, name: string): readonly string[] => {
  const field = input[name];
  const inner =
    typeof field === 'object' && field !== null ? (field as { id?: unknown }).id : field;
  return typeof inner === 'string' || typeof inner === 'number' ? [String(inner)] : [];
};

/** Arguments that choose the target, and those that say whose it is. */
const identifiers = ({ http, dataClasses }: Tool): readonly string[] => {
  const inPath = [...http.path.matchAll(/\{([a-zA-Z]+)\}/g)].map(([, name]) => name!);
  const identities = Object.entries(dataClasses)
    .filter(([pointer, dataClass]) => dataClass === 'identity' && !pointer.slice(1).includes('/'))
    .map(([pointer]) => pointer.slice(1));
  return [...new Set([...inPath, ...identities])];
};

const contradicts = (
  tool: Tool,
  args: Record<string, unknown>,
  target: Record<string, unknown> | null,
): boolean => {
  if (target === null) return false;
  const names = new Set(identifiers(tool));
  return (tool.shows ?? []).some(({ to, from }) => {
    const name = to.slice(1);
    if (from === undefined || !names.has(name)) return false;
    const held = target[from.slice(1)];
    return held !== undefined && String(held) !== String(args[name]);
  });
};

const link = /\b(?:https?|ftp|javascript|data):[^\s"'<>]+|!\[[^\]]*\]\([^)]*\)|\bwww\.[^\s"'<>]+/gi;

/** A link that the ticket did not bring would carry data out, or people away. */
const bringsLink = (text: string, ticket: readonly string[]): boolean =>
  (text.match(link) ?? []).some((found) => !ticket.some((read) => read.includes(found)));
