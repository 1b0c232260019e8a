import { below } from './json-pointer.js';
import { shownInLogs } from './manifest.js';
import type { Tool } from './tool.js';

/**
 * Arguments for a log line: what is of a class that logs may show stays, all else is replaced by the
 * name of its class, and what has no class by `[unclassified]`.
 */
export const redact = (tool: Pick<Tool, 'dataClasses'>, args: unknown): unknown =>
  blank(tool.dataClasses, args, '', undefined);

const blank = (
  classes: Tool['dataClasses'],
  value: unknown,
  pointer: string,
  above: keyof typeof classes | undefined,
): unknown => {
  const dataClass = classes[pointer] ?? above;
  if (Array.isArray(value)) {
    return value.map((child, n) => blank(classes, child, below(pointer, n), dataClass));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [
        // Names are the sender's as well where nobody has declared them.
        dataClass === undefined && pointer !== '' ? '[unclassified]' : name,
        blank(classes, child, below(pointer, name), dataClass),
      ]),
    );
  }
  if (dataClass === undefined) return '[unclassified]';
  return shownInLogs.has(dataClass as never) ? value : `[${dataClass}]`;
};
