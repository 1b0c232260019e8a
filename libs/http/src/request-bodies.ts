import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.js';

/** Deeper JSON is refused before anything walks it recursively. */
const depthMax = 100;

/**
 * Makes the server read JSON, of `application/json` and the given types, and nothing else; forms
 * only when asked for, so that no foreign page can post to an API.
 */
export const readBodies = (
  server: FastifyInstance,
  jsonTypes: readonly string[],
  forms: boolean,
): void => {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    ['application/json', ...jsonTypes],
    { parseAs: 'buffer' },
    (_request, body, done) => settle(() => parseJson(body as Buffer), done),
  );
  if (!forms) return;
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    (_request, body, done) => settle(() => parseForm(body as Buffer), done),
  );
};

const settle = (parse: () => unknown, done: (error: Error | null, body?: unknown) => void) => {
  let body: unknown;
  try {
    body = parse();
  } catch (error) {
    return done(error as Error);
  }
  return done(null, body);
};

const malformed = (detail: string): Problem =>
  new Problem(400, 'malformed-json', 'The body is not JSON as we read it', { detail });

/**
 * Strict JSON: UTF-8, at most 100 levels, no lone surrogates, no `__proto__`.
 * @throws Problem 400
 */
export const parseJson = (body: Buffer): unknown => {
  if (body.length === 0) throw malformed('the body is empty');
  if (!isUtf8(body)) throw malformed('the body is not UTF-8');
  const text = body.toString('utf8');
  mustBeShallow(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed((error as Error).message);
  }
  // Both can only come from text that holds one of these; most bodies hold neither.
  if (/\\u|__proto__/i.test(text)) mustBeHarmless(value);
  return value;
};

const mustBeShallow = (text: string): void => {
  let depth = 0;
  let quoted = false;
  for (let n = 0; n < text.length; n += 1) {
    const code = text.charCodeAt(n);
    if (quoted) {
      if (code === 0x5c) n += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > depthMax) throw malformed(`the body is more than ${depthMax} levels deep`);
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
};

const mustBeHarmless = (value: unknown): void => {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw malformed('a string has half a character (lone surrogate)');
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      if (name === '__proto__') throw malformed('a property may not be named __proto__');
      mustBeHarmless(name);
      mustBeHarmless(item);
    }
  }
};

/** A form as an object of strings; a field that comes twice says two things and is refused. */
export const parseForm = (body: Buffer): Record<string, string> => {
  const fields: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    if (Object.hasOwn(fields, name) || name === '__proto__') {
      throw new Problem(400, 'malformed-form', 'The form cannot be read', {
        errors: [{ parameter: name, message: 'must come once' }],
      });
    }
    fields[name] = value;
  }
  return fields;
};
