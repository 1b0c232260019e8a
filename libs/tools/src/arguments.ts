import { namesTwice } from './names-twice.js';
import { below, valueAt } from './json-pointer.js';
import type { Tool } from './tool.js';

/** What is wrong and where; never the value, which may be personal or hostile. */
export interface ArgumentError {
  /** JSON pointer into the arguments. */
  readonly pointer: string;
  readonly problem: string;
}
export type Validated =
  { readonly ok: true } | { readonly ok: false; errors: readonly ArgumentError[] };

/** Largest arguments as text, in characters. */
export const argumentsMaxLength = 64 * 1024;

const no = (pointer: string, problem: string): { ok: false; errors: ArgumentError[] } => ({
  ok: false,
  errors: [{ pointer, problem }],
});

/**
 * Whether `args` may be proposed, and run, with this tool: the strict schema, then the caps, then
 * that the value has a canonical form at all.
 */
export const validateArguments = (tool: Tool, args: unknown): Validated => {
  const { check, caps } = tool.compiled;
  if (!check(args)) {
    const [error] = check.errors ?? [];
    // Parameters of the error can hold what was sent (an unknown property's name): left out.
    return no(error?.instancePath ?? '', error?.message ?? 'is not valid');
  }
  for (const { name, pointer, steps, max } of caps) {
    const value = valueAt(args, steps);
    if (typeof value === 'number' && value > max) return no(pointer, `exceeds the cap ${name}`);
  }
  const torn = brokenTextIn(args, '');
  return torn === undefined ? { ok: true } : no(torn, 'has half a character in it');
};

const brokenTextIn = (value: unknown, pointer: string): string | undefined => {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : pointer;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [step, child] of Object.entries(value)) {
    const found = brokenTextIn(child, below(pointer, step));
    if (found !== undefined) return found;
  }
  return undefined;
};

/**
 * Arguments as a model writes them: text that should be JSON. Refused before any schema: too much
 * of it, no JSON, and an object that says one thing twice, since readers differ on which counts.
 */
export const argumentsFrom = (
  tool: Tool,
  text: string,
): { ok: true; arguments: Record<string, unknown> } | Extract<Validated, { ok: false }> => {
  if (text.length > argumentsMaxLength) return no('', `is over ${argumentsMaxLength} characters`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return no('', 'is no JSON');
  }
  if (namesTwice(text, parsed)) return no('', 'names a field twice');
  const validated = validateArguments(tool, parsed);
  return validated.ok ? { ok: true, arguments: parsed as Record<string, unknown> } : validated;
};
