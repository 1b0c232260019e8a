import { hash } from 'node:crypto';

/** Deeper nesting, or a cycle, is refused before it can exhaust the stack. */
const depthMax = 500;
/** What JSON escapes, and every surrogate, because a lone one has no UTF-8 form. */
const needsCare = /[\u0000-\u001f"\\\ud800-\udfff]/;

/**
 * The canonical form of a JSON value by RFC 8785: what is signed and what digests cover.
 * Properties that are `undefined` are left out, as JSON does; so the form of a value and that of
 * its JSON round trip are one.
 * @throws TypeError for what JSON cannot hold: undefined, NaN, infinities, bigints, functions, lone
 * surrogates, instances of classes (a Date, a Map, a Buffer), cycles and more than 500 levels
 */
export const canonical = (value: unknown): string => write(value, 0);

/** SHA-256 of the canonical form, hex. @throws TypeError as `canonical` */
export const digestOf = (value: unknown): string => hash('sha256', canonical(value), 'hex');

const write = (value: unknown, depth: number): string => {
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'number':
      // ECMAScript's own Number::toString is what RFC 8785 prescribes; it prints -0 as 0.
      if (Number.isFinite(value)) return String(value);
      throw new TypeError(`no canonical form: ${value} is not a JSON number`);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === depthMax)
        throw new TypeError(`no canonical form: over ${depthMax} levels deep`);
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    default:
      throw new TypeError(`no canonical form: ${typeof value} is not a JSON value`);
  }
};

const writeText = (text: string): string => {
  if (!needsCare.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError('no canonical form: a string has a lone surrogate');
  return JSON.stringify(text);
};

const writeArray = (values: readonly unknown[], depth: number): string => {
  let text = '[';
  for (let n = 0; n < values.length; n += 1) {
    text += n === 0 ? write(values[n], depth) : `,${write(values[n], depth)}`;
  }
  return `${text}]`;
};

const writeObject = (value: object, depth: number): string => {
  if (!isPlain(value)) {
    throw new TypeError(`no canonical form: ${value.constructor.name} is not a plain object`);
  }
  const properties = value as Readonly<Record<string, unknown>>;
  let text = '{';
  for (const name of inOrder(Object.keys(value))) {
    const property = properties[name];
    if (property === undefined) continue;
    const separator = text.length === 1 ? '' : ',';
    text += `${separator}${writeText(name)}:${write(property, depth)}`;
  }
  return `${text}}`;
};

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
