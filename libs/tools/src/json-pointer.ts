/** RFC 6901 pointer as its steps; `''` is the whole. */
export const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** One more step. */
export const below = (pointer: string, step: string | number): string =>
  `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** What a pointer leads to, or undefined; own properties only. */
export const valueAt = (value: unknown, steps: readonly string[]): unknown =>
  steps.reduce<unknown>(
    (found, step) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, step)
        ? (found as Record<string, unknown>)[step]
        : undefined,
    value,
  );

/** Every leaf of a JSON value with its pointer; an empty object or list is a leaf. */
export const leavesOf = (value: unknown, pointer = ''): readonly [string, unknown][] => {
  if (typeof value !== 'object' || value === null) return [[pointer, value]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[pointer, value]];
  return entries.flatMap(([step, child]) => leavesOf(child, below(pointer, step)));
};
