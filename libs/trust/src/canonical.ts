import { hash } from 'node:crypto';

/** Deeper nesting, or a cycle, is refused before it can exhaust the stack. */
const depthMax = 500;
/** Only of a lone surrogate JSON writes the escape; the backslashes before it go by twos. */
const loneSurrogate = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/**
 * The canonical form of a JSON value by RFC 8785: what is signed and what digests cover.
 * Properties that are `undefined` are left out, as JSON does; so the form of a value and that of
 * its JSON round trip are one.
 * @throws TypeError for what JSON cannot hold: undefined, NaN, infinities, bigints, functions, lone
 * surrogates, instances of classes (a Date, a Map, a Buffer), cycles and more than 500 levels
 */
export const canonical = (value: unknown): string => {
  // JSON writes numbers and escapes text as RFC 8785 says; only its order is another.
  const text = JSON.stringify(ordered(value, 0));
  if (text.includes('\\ud') && loneSurrogate.test(text)) {
    throw new TypeError('no canonical form: a string has a lone surrogate');
  }
  return text;
};

/** SHA-256 of the canonical form, hex. @throws TypeError as `canonical` */
export const digestOf = (value: unknown): string => hash('sha256', canonical(value), 'hex');

/** A copy with its properties in order, of what JSON can hold. */
const ordered = (value: unknown, depth: number): unknown => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw new TypeError(`no canonical form: ${value} is not a JSON number`);
    case 'object':
      if (value === null) return null;
      if (depth === depthMax)
        throw new TypeError(`no canonical form: over ${depthMax} levels deep`);
      return Array.isArray(value)
        ? orderedArray(value, depth + 1)
        : orderedObject(value, depth + 1);
    default:
      throw new TypeError(`no canonical form: ${typeof value} is not a JSON value`);
  }
};

const orderedArray = (values: readonly unknown[], depth: number): unknown[] => {
  const copy: unknown[] = [];
  // Not `map`, which passes over holes.
  for (let n = 0; n < values.length; n += 1) copy.push(ordered(values[n], depth));
  return copy;
};

const orderedObject = (value: object, depth: number): object => {
  if (!isPlain(value)) {
    throw new TypeError(`no canonical form: ${value.constructor.name} is not a plain object`);
  }
  const properties = value as Readonly<Record<string, unknown>>;
  const names = inOrder(Object.keys(value));
  const copy = names.some(isOutOfOrder) ? withNames(names) : {};
  for (const name of names) {
    const property = properties[name];
    if (property !== undefined) copy[name] = ordered(property, depth);
  }
  return copy;
};

/** An object lists whole numbers before all else, and takes `__proto__` for another thing. */
const isOutOfOrder = (name: string): boolean => (name >= '0' && name < ':') || name === '__proto__';

/** An empty object that will list its properties in this order, whatever they are called. */
const withNames = (names: string[]): Record<string, unknown> =>
  new Proxy(Object.create(null) as Record<string, unknown>, { ownKeys: () => names });

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Clones and other contexts bring an Object.prototype of their own.
  return Object.getPrototypeOf(prototype) === null;
};

/** By UTF-16 code units, in place. Few names: an insertion sort takes half the time of sort(). */
const inOrder = (names: string[]): string[] => {
  if (names.length > 20) return names.sort();
  for (let n = 1; n < names.length; n += 1) {
    const name = names[n]!;
    let place = n;
    for (; place > 0 && names[place - 1]! > name; place -= 1) names[place] = names[place - 1]!;
    names[place] = name;
  }
  return names;
};
