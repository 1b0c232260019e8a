import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { settingsTable } from '../../apps/countersign/src/settings.js';
import { agentSettingsTable } from '@countersign/agent';
import { approvalsSettingsTable } from '@countersign/approvals';
import { eventStoreDevSettingsTable } from '@countersign/event-store-dev';
import { executorSettingsTable } from '@countersign/executor';
import { intakeSettingsTable } from '@countersign/intake';
import { orchestratorSettingsTable } from '@countersign/orchestrator';
import { testSettingsTable } from '../settings.js';
import type { Command } from 'commander';
import { exitCodes } from '../../apps/countersign/src/commands/front-door.js';
import { program } from '../../apps/countersign/src/commands/program.js';
import { codesOf, commandsOf, pageAt, pages, proseOf, rowsUnder, type Page } from './pages.js';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
};

/** As GitHub names a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/[`*]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
const anchorsIn = (path: string): readonly string[] =>
  [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));

describe('every page', () => {
  it('leads somewhere with each of its links', () => {
    const lost = pages.flatMap((page) =>
      [...proseOf(page).matchAll(/\]\(([^()\s]+)\)/g)]
        .map(([, target]) => target!)
        .filter((target) => !/^\w+:/.test(target) && !leads(page, target))
        .map((target) => `${page.path}: ${target}`),
    );
    expect(lost).toEqual([]);
  });

  it('names npm scripts that exist, and together they name all', () => {
    const named = pages.flatMap((page) =>
      commandsOf(page).flatMap((command) =>
        [...command.matchAll(/\bnpm (?:run (?:-s )?)?(\w[\w:-]*)/g)].map(([, script]) => ({
          path: page.path,
          script: script!,
        })),
      ),
    );
    const own = new Set(['ci', 'run']);
    const unknown = named.filter(({ script }) => !own.has(script) && !(script in scripts));
    expect(unknown).toEqual([]);
    const told = new Set(named.map(({ script }) => script));
    expect(Object.keys(scripts).filter((script) => !told.has(script))).toEqual([]);
  });

  it('names settings that exist', () => {
    const tables = [
      ...[settingsTable, agentSettingsTable, approvalsSettingsTable, executorSettingsTable],
      ...[intakeSettingsTable, orchestratorSettingsTable, eventStoreDevSettingsTable],
      testSettingsTable,
    ];
    const known = new Set(
      tables.flatMap((table) => Object.values(table)).flatMap(({ name }) => [name, `${name}_FILE`]),
    );
    const named = pages.flatMap((page) =>
      [...commandsOf(page)].flatMap((text) =>
        [...text.matchAll(/(?<![\w$-])[A-Z]+(?:_[A-Z]+)+\b/g)].map(([name]) => [page.path, name]),
      ),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(([, name]) => !known.has(name!))).toEqual([]);
  });

  it('names no place of one machine', () => {
    const places = /(?<![\w.])\/(?:home|root|work|tmp|Users|var|opt)\//;
    expect(pages.filter(({ text }) => places.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

const leads = ({ path }: Page, target: string): boolean => {
  const [file, anchor] = target.split('#') as [string, string | undefined];
  const found = file === '' ? path : normalize(join(dirname(path), file));
  if (!existsSync(found)) return false;
  return anchor === undefined || anchorsIn(found).includes(anchor);
};

describe('the command line on the pages', () => {
  const given = pages.flatMap((page) =>
    commandsOf(page).flatMap((text) =>
      [...text.matchAll(/\.\/countersign((?: +(?:"[^"]*"|'[^']*'|<[\w-]+>|[^\s|)`;&]+))*)/g)].map(
        ([, rest]) => ({ page: page.path, words: rest!.trim().split(/ +/).filter(Boolean) }),
      ),
    ),
  );

  it('has no command, argument or option that the tree of commands does not know', () => {
    expect(given.length).toBeGreaterThan(40);
    const faults = given.map(({ page, words }) => ({ page, fault: faultIn(words) }));
    expect(faults.filter(({ fault }) => fault !== undefined)).toEqual([]);
  });

  it('is told of whole', () => {
    const told = [...new Set(pages.flatMap(codesOf))];
    const missing = leavesOf(program())
      .map((path) => `./countersign ${path.join(' ')}`)
      .filter((line) => !told.some((code) => code === line || code.startsWith(`${line} `)));
    expect(missing).toEqual([]);
  });
});

describe('docs/commands.md', () => {
  it('tells how a command ends', () => {
    const told = rowsUnder(pageAt('docs/commands.md'), 'it ends with').map(([code]) =>
      Number(code),
    );
    expect(told).toEqual(Object.values(exitCodes));
  });
});

/** What is wrong with a command line, by the tree of commands itself. */
const faultIn = (words: readonly string[]): string | undefined => {
  let at: Command = program();
  let n = 0;
  for (; n < words.length; n += 1) {
    const child = at.commands.find((command) => command.name() === words[n]);
    if (!child) break;
    at = child;
  }
  const rest = words.slice(n);
  if (rest[0] === 'help' || words.length === 0) return undefined;
  if (at.commands.length > 0 && n > 0) return undefined;
  if (at.commands.length > 0) return `there is no command ${words[0]}`;
  const unknown = rest
    .filter((word) => word.startsWith('--'))
    .find((word) => !['--help', ...at.options.map(({ long }) => long)].includes(word));
  if (unknown) return `${at.name()} has no option ${unknown}`;
  const needed = at.registeredArguments.filter(({ required }) => required).length;
  return rest.filter((word) => !word.startsWith('--')).length >= needed
    ? undefined
    : `${at.name()} needs ${needed} arguments`;
};

const leavesOf = (command: Command, path: readonly string[] = []): readonly string[][] =>
  command.commands.length === 0
    ? [[...path]]
    : command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
