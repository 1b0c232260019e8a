import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';
import { ConfigurationError } from './configuration-error.js';
import { check } from './schema-problems.js';

/** A checked YAML file that can still say where something stands in it. */
export interface ConfigFile<T> {
  readonly path: string;
  readonly value: T;
  /** `path:line:col: /pointer: message`, for what only a look at several values can find. */
  problemAt(place: readonly (string | number)[], message: string): string;
}

/**
 * Reads one YAML file and checks it.
 * @throws ConfigurationError all problems at once: `path:line:col: /pointer: message (allowed: …)`
 */
export const readConfigFile = <Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): z.infer<Schema> => openConfigFile(path, schema).value;

/** As `readConfigFile`, for readers that look for further problems themselves. */
export const openConfigFile = <Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): ConfigFile<z.infer<Schema>> => {
  const { document, problemAt, syntaxProblems } = parse(path);
  if (syntaxProblems.length > 0) throw new ConfigurationError(syntaxProblems);
  const checked = check(schema, document.toJS());
  if ('problems' in checked) {
    throw new ConfigurationError(
      checked.problems.map((problem) =>
        problemAt(problem.path, problem.message, problem.aboutName),
      ),
    );
  }
  return { path, value: checked.value, problemAt };
};

/**
 * Reads every `*.yaml` and `*.yml` of a folder, in the order of their names.
 * @throws ConfigurationError the problems of all files at once
 */
export const readConfigFolder = <Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
): readonly ConfigFile<z.infer<Schema>>[] => {
  const problems: string[] = [];
  const files: ConfigFile<z.infer<Schema>>[] = [];
  for (const name of reading(folder, () => readdirSync(folder)).sort()) {
    if (!/\.ya?ml$/.test(name)) continue;
    try {
      files.push(openConfigFile(join(folder, name), schema));
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return files;
};

const parse = (path: string) => {
  const text = reading(path, () => readFileSync(path, 'utf8'));
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  return {
    document,
    syntaxProblems: [...document.errors, ...document.warnings].map(
      ({ pos, message }) => `${at(pos[0])}: ${message}`,
    ),
    problemAt: (place: readonly (string | number)[], message: string, aboutName = false) =>
      `${at(offsetOf(document, place, aboutName))}: ${pointerTo(place)}: ${message}`,
  };
};

const reading = <T>(path: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      { ENOENT: 'does not exist', EACCES: 'may not be read', EISDIR: 'is a folder' }[code ?? ''] ??
      `cannot be read: ${message}`;
    throw new ConfigurationError([`${path}: ${why}`]);
  }
};

/** RFC 6901; the whole document is `(document)`, since its pointer is empty. */
const pointerTo = (place: readonly (string | number)[]): string =>
  place.length === 0
    ? '(document)'
    : place.map((step) => `/${String(step).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');

/** Where a place stands; what is missing stands where the nearest thing around it does. */
const offsetOf = (
  document: Document,
  place: readonly (string | number)[],
  aboutName: boolean,
): number => {
  const around = place.slice(0, -1);
  const parent: unknown = around.length === 0 ? document.contents : document.getIn(around, true);
  if (isMap(parent) && place.length > 0) {
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === place.at(-1));
    const node = (aboutName ? pair?.key : (pair?.value ?? pair?.key)) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  const node = (place.length === 0 ? document.contents : document.getIn(place, true)) as
    Node | undefined;
  if (node?.range) return node.range[0];
  return place.length === 0 ? 0 : offsetOf(document, around, false);
};
