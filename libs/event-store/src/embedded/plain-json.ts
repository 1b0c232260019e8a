/**
 * True when reading the value's JSON text back would give an equal one; then it is frozen, since
 * it will be handed to others. False for what JSON changes or drops (undefined, NaN, -0, dates,
 * instances of classes, functions); parts of such a value may be left frozen.
 */
export const freezePlainJson = (value: unknown): boolean => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      if (value === null) return true;
      return Array.isArray(value) ? freezeArray(value) : freezeObject(value);
    default:
      return false;
  }
};

const freezeArray = (values: unknown[]): boolean => {
  for (let index = 0; index < values.length; index += 1) {
    if (!freezePlainJson(values[index])) return false;
  }
  Object.freeze(values);
  return true;
};

const freezeObject = (value: object): boolean => {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) {
    if (!freezePlainJson((value as Record<string, unknown>)[key])) return false;
  }
  Object.freeze(value);
  return true;
};
