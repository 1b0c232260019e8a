/** A place in a JSON value, as the names on the way to it. */
export type Path = readonly (string | number)[];

/** Every leaf of a JSON value. */
export const leavesOf = (value: unknown, path: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, child]) => leavesOf(child, [...path, name]));
};

export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce((found, name) => (found as Record<string, unknown>)[name], value);

/** The value with one place changed; nothing else is touched. */
export const withChange = <Value>(value: Value, [name, ...rest]: Path, to: unknown): Value => {
  if (name === undefined) return to as Value;
  const child = (value as Record<string, unknown>)[name];
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Value;
  (copy as Record<string, unknown>)[name] = withChange(child, rest, to);
  return copy;
};

/** Something else of the same kind. */
export const other = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string') return 'something';
  return (value.startsWith('0') ? '1' : '0') + value.slice(1);
};
