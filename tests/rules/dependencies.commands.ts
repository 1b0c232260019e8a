import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cruise, dependencyRules, writeTree, type Where } from './cruised.js';
import { allowedImports, completingImports, forbiddenImports } from './forbidden-imports.js';

const cruiseMaxMs = 60_000;

describe('the dependency rules, on the repository', () => {
  let sources: readonly string[];
  beforeAll(() => {
    sources = cruise('.').modules.map(({ source }) => source);
  }, cruiseMaxMs);

  it('see every package of ours', () => {
    const { references } = JSON.parse(readFileSync('tsconfig.json', 'utf8')) as {
      references: readonly { readonly path: string }[];
    };
    const unseen = references.filter(({ path }) => !sources.includes(`${path}/src/index.ts`));
    expect(unseen.filter(({ path }) => existsSync(`${path}/src/index.ts`))).toEqual([]);
    expect(references.length - unseen.length).toBeGreaterThan(20);
  });

  it.each(dependencyRules)('$name speaks of files that are there', ({ from, to }) => {
    const speaking = sources.filter((source) => fits(from, source));
    expect(speaking).not.toEqual([]);
    const spokenOf = speaking.filter((source) =>
      sources.some((other) => fits(named(to, from, source), other)),
    );
    expect(spokenOf).not.toEqual([]);
  });
});

describe('the dependency rules, on a tree that breaks them', () => {
  let folder: string;
  let found: readonly string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-cruised-'));
    const forbidden = forbiddenImports.map(([, file, imported]) => [file, imported] as const);
    writeTree(folder, [...forbidden, ...allowedImports, ...completingImports]);
    // The packages of others are links to ours, which the rules are to see by their names here.
    const { violations } = cruise(folder, '--preserve-symlinks').summary;
    found = violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  }, cruiseMaxMs);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(forbiddenImports)('%s: %s may not import %s', (rule, file) =>
    expect(found).toContain(`${rule}: ${file}`),
  );

  it.each(allowedImports)('%s may import %s', (file) =>
    expect(found.filter((line) => line.endsWith(`: ${file}`))).toEqual([]),
  );

  it('has each rule broken', () => {
    const broken = new Set(forbiddenImports.map(([rule]) => rule));
    expect([...broken].sort()).toEqual(dependencyRules.map(({ name }) => name).sort());
    expect(dependencyRules.filter(({ severity }) => severity !== 'error')).toEqual([]);
  });
});

const fits = ({ path, pathNot }: Where, source: string): boolean =>
  (path === undefined || new RegExp(path).test(source)) &&
  (pathNot === undefined || !new RegExp(pathNot).test(source));

/** `$1` in what a rule forbids is what its first group found in the importing file. */
const named = ({ path, pathNot }: Where, from: Where, source: string): Where => {
  const group = from.path === undefined ? undefined : new RegExp(from.path).exec(source)?.[1];
  const filled = (pattern: string) => pattern.replaceAll('$1', group ?? '$1');
  return {
    ...(path !== undefined && { path: filled(path) }),
    ...(pathNot !== undefined && { pathNot: filled(pathNot) }),
  };
};
