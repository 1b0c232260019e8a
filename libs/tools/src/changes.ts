import { leavesOf, stepsOf, valueAt } from './json-pointer.js';
import type { Shown } from './manifest.js';
import type { Tool } from './tool.js';

/** One line of what a call will change, for people. */
export interface ShownChange {
  readonly field: string;
  /** What is there now; null where nothing is, or nothing was read. */
  readonly from: string | null;
  readonly to: string;
}

const money = (cents: unknown, currency: unknown): string =>
  `${(Number(cents) / 100).toFixed(2)} ${typeof currency === 'string' ? currency : ''}`.trim();

const display = (value: unknown, { as }: Pick<Shown, 'as'>, currency: unknown): string => {
  if (as === 'money' && typeof value === 'number') return money(value, currency);
  if (as === 'values' && typeof value === 'object' && value !== null) {
    return leavesOf(value)
      .map(([, part]) => String(part))
      .join(', ');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/**
 * What the call will change, by the manifest's `shows`: labelled, from the target as it was read to
 * the arguments as they will be sent. No argument is left out: one that `shows` does not name comes
 * last, under its pointer. The texts are raw: whoever draws them escapes them.
 */
export const changes = (
  tool: Pick<Tool, 'shows'>,
  args: Readonly<Record<string, unknown>>,
  target: Readonly<Record<string, unknown>> | null,
): readonly ShownChange[] => {
  const told = new Set<string>();
  const labelled = (tool.shows ?? []).flatMap((entry): ShownChange[] => {
    const to = valueAt(args, stepsOf(entry.to));
    if (to === undefined) return [];
    told.add(entry.to);
    if (entry.currency !== undefined) told.add(entry.currency);
    const currency = entry.currency && valueAt(args, stepsOf(entry.currency));
    const from = entry.from === undefined ? undefined : valueAt(target, stepsOf(entry.from));
    return [
      {
        field: entry.label,
        from: from === undefined || from === null ? null : display(from, entry, currency),
        to: display(to, entry, currency),
      },
    ];
  });
  const isTold = (pointer: string) =>
    [...told].some((above) => pointer === above || pointer.startsWith(`${above}/`));
  const rest = leavesOf(args)
    .filter(([pointer]) => !isTold(pointer))
    .map(([pointer, value]) => ({ field: pointer, from: null, to: display(value, {}, undefined) }));
  return [...labelled, ...rest];
};
