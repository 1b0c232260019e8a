import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  ConfigurationError,
  openConfigFile,
  readConfigFile,
  readConfigFolder,
} from '../src/index.js';

const schema = z.strictObject({
  tool: z.string().min(1),
  version: z.int().positive(),
  effect: z.enum(['read', 'write']),
  on: z.record(z.string().regex(/^[a-z-]+$/), z.string()),
  steps: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('end'), outcome: z.string() }),
        z.strictObject({ kind: z.literal('agent'), deadline: z.string() }),
      ]),
    )
    .optional(),
  when: z
    .union([
      z.strictObject({ if: z.string(), to: z.string() }),
      z.strictObject({ else: z.string() }),
    ])
    .optional(),
});
const good = ['tool: crm.reply', 'version: 1', 'effect: write', 'on:', '  done: closed'];

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'config-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (lines: readonly string[], name = 'a.yaml') => {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
};
const problemsOf = (run: () => unknown): string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return error.problems.map((problem) => problem.replaceAll(`${folder}/`, ''));
    }
    throw error;
  }
  return [];
};
const problemsIn = (...lines: string[]) => problemsOf(() => readConfigFile(write(lines), schema));

describe('a configuration file', () => {
  it('is read as its schema says', () => {
    expect(readConfigFile(write(good), schema)).toEqual({
      tool: 'crm.reply',
      version: 1,
      effect: 'write',
      on: { done: 'closed' },
    });
  });

  it('is refused with every problem at its place, and what would be allowed', () => {
    const lines = ['tool: 7', 'verson: 1', 'effect: delete', 'on:', '  Done!: closed', '  ok: [1]'];
    expect(problemsIn(...lines)).toEqual([
      'a.yaml:1:7: /tool: must be a string, not 7',
      'a.yaml:1:1: /version: is missing',
      'a.yaml:3:9: /effect: "delete" does not stand for anything here (allowed: read, write)',
      'a.yaml:5:3: /on/Done!: as a name: "Done!" must match /^[a-z-]+$/',
      'a.yaml:6:7: /on/ok: must be a string, not a list',
      'a.yaml:2:1: /verson: is not known here (allowed: tool, version, effect, on, steps, when)',
    ]);
  });

  it('names the kinds there are, and judges a kind by its own rules', () => {
    const lines = [...good, 'steps:', '  - kind: dance', '  - kind: agent', '    outcome: x'];
    expect(problemsIn(...lines)).toEqual([
      'a.yaml:7:11: /steps/0/kind: names no known form (allowed: end, agent)',
      'a.yaml:8:5: /steps/1/deadline: is missing',
      'a.yaml:9:5: /steps/1/outcome: is not known here (allowed: kind, deadline)',
    ]);
  });

  it('judges one of several forms by the one that was most likely meant', () => {
    expect(problemsIn(...good, 'when:', '  else: 3')).toEqual([
      'a.yaml:7:9: /when/else: must be a string, not 3',
    ]);
  });

  it('says what is wrong with the YAML itself, with line and column', () => {
    expect(problemsIn('tool: a', 'tool: b')).toEqual(['a.yaml:2:1: Map keys must be unique']);
    expect(problemsIn('tool: "a')).toHaveLength(1);
    expect(problemsIn('tool: !!js/function a')[0]).toMatch(/^a\.yaml:1:7: Unresolved tag/);
  });

  it('says that it is empty, absent or a folder', () => {
    expect(problemsIn('')).toEqual(['a.yaml:1:1: (document): must be an object, not empty']);
    expect(problemsOf(() => readConfigFile(join(folder, 'b.yaml'), schema))).toEqual([
      'b.yaml: does not exist',
    ]);
    expect(problemsOf(() => readConfigFile(folder, schema))).toEqual([`${folder}: is a folder`]);
  });

  it('can still say where something stands', () => {
    const file = openConfigFile(write(good), schema);
    const problem = file.problemAt(['on', 'done'], 'no step of that name');
    expect(problem).toBe(`${folder}/a.yaml:5:9: /on/done: no step of that name`);
    expect(file.problemAt(['on', 'a/b'], 'x')).toBe(`${folder}/a.yaml:5:3: /on/a~1b: x`);
  });
});

describe('a configuration folder', () => {
  it('is read in the order of names, and only its YAML', () => {
    write(good, 'b.yaml');
    write(good, 'a.yml');
    write(['{'], 'notes.txt');
    const files = readConfigFolder(folder, schema);
    expect(files.map(({ path }) => path)).toEqual([join(folder, 'a.yml'), join(folder, 'b.yaml')]);
  });

  it('is refused with the problems of all its files', () => {
    write(['tool: a'], 'a.yaml');
    write(['{'], 'b.yaml');
    const problems = problemsOf(() => readConfigFolder(folder, schema));
    expect(problems.map((problem) => problem.slice(0, 6))).toEqual(
      expect.arrayContaining(['a.yaml', 'b.yaml']),
    );
    expect(problemsOf(() => readConfigFolder(join(folder, 'none'), schema))).toEqual([
      'none: does not exist',
    ]);
  });
});
