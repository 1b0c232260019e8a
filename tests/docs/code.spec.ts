import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { RequestMethod } from '@nestjs/common';
import { ConfigurationError } from '@countersign/configuration';
import { caseIdOf, reasonCodes } from '@countersign/contracts';
import { readDefinitions } from '../../services/orchestrator/src/definitions/read-definitions.js';
import { blocksOf, codesOf, pageAt, rowsUnder } from './pages.js';

const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && /(^|\/)src\//.test(name))
    .filter((name) => !name.includes('node_modules'))
    .map((name) => join(folder, name));

describe('the drawn parts of the pages', () => {
  it('are what the code says now: settings, ports, commands, messages, routes, OpenAPI (U1)', () => {
    const run = spawnSync(process.execPath, ['tools/write-docs.js', '--check'], {
      encoding: 'utf8',
    });
    expect(`${run.stdout}${run.stderr}`).toBe('');
    expect(run.status).toBe(0);
  });
});

describe('docs/http.md', () => {
  it('names every problem with its status, and no other', () => {
    const told = rowsUnder(pageAt('docs/http.md'), 'problem').map(
      ([slug, status]) => `${status} ${slug!.replaceAll('`', '')}`,
    );
    const made = [...sourcesIn('libs'), ...sourcesIn('services')].flatMap(problemsIn);
    expect(made.length).toBeGreaterThan(40);
    expect([...told].sort()).toEqual([...new Set(made)].sort());
  });

  it('names every page of the front door, and no other', async () => {
    const told = rowsUnder(pageAt('docs/http.md'), 'request')
      .concat(rowsUnder({ path: '', text: pagesPart() }, 'request'))
      .map(([request]) => request!.replaceAll('`', ''))
      .filter((request) => !/ \/(v1|livez|readyz|version)/.test(request));
    expect([...new Set(told)].sort()).toEqual((await pageRoutes()).sort());
  });
});

describe('lists on the pages', () => {
  it('have every reason for saying no', () => {
    const told = codesOf(pageAt('docs/http.md'));
    expect(reasonCodes.filter((code) => !told.includes(code))).toEqual([]);
  });

  it('have every decision of the architecture', () => {
    const { text } = pageAt('docs/adr/README.md');
    const decisions = readdirSync('docs/adr').filter((name) => /^\d/.test(name));
    expect(decisions.filter((name) => !text.includes(`](${name})`))).toEqual([]);
  });
});

describe('docs/upstream.md (U1)', () => {
  it('shows the case id that its example leads to', () => {
    const [answer] = blocksOf(pageAt('docs/upstream.md')).filter(
      ({ language }) => language === 'json',
    );
    const { source, id, caseId } = JSON.parse(answer!.content) as Record<string, string>;
    expect(caseId).toBe(caseIdOf(source!, id!));
  });
});

/** `status slug` of everything that a source file answers as a problem. */
const problemsIn = (path: string): readonly string[] => {
  const source = readFileSync(path, 'utf8');
  const thrown = [...source.matchAll(/new Problem\(\s*(\w+),\s*([^,)]+)/g)];
  const tables = /problem-of-error|refusal-problems/.test(path);
  const unclear = thrown.filter(([, , slug]) => !slug!.startsWith("'"));
  if (unclear.length > 0 && !tables) throw new Error(`${path}: a problem without a plain name`);
  const plain = thrown.filter(([, , slug]) => slug!.startsWith("'"));
  const listed = tables
    ? [
        ...[...source.matchAll(/(\d{3}): \['([a-z-]+)'/g)].map(([, status, slug]) => [
          status,
          slug,
        ]),
        ...[...source.matchAll(/'?([a-z-]+)'?: \[(\d{3}),/g)].map(([, slug, status]) => [
          status,
          slug,
        ]),
      ]
    : [];
  return [
    // A status that is no number is passed on from another answer.
    ...plain.map(
      ([, status, slug]) => `${Number(status) ? status : 'any'} ${slug!.replaceAll("'", '')}`,
    ),
    ...listed.map(([status, slug]) => `${status} ${slug}`),
  ];
};

/** The part of the page that lists what browsers ask for. */
const pagesPart = (): string => pageAt('docs/http.md').text.split('Pages, without scripts')[1]!;

/** What the controllers of the pages answer, by their own decorators. */
const pageRoutes = async (): Promise<string[]> => {
  const folder = 'services/approvals/src/pages';
  const routes: string[] = [];
  for (const file of readdirSync(folder)) {
    const module = (await import(pathToFileURL(join(folder, file)).href)) as object;
    for (const exported of Object.values(module)) {
      const base: unknown = typeof exported === 'function' && Reflect.getMetadata('path', exported);
      if (typeof base !== 'string') continue;
      const { prototype } = exported as { prototype: Record<string, object> };
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const method: unknown = Reflect.getMetadata('method', prototype[name]!);
        if (typeof method !== 'number') continue;
        const path = [base, String(Reflect.getMetadata('path', prototype[name]!))]
          .map((part) => part.replace(/^\/|\/$/g, ''))
          .filter(Boolean)
          .join('/')
          .replace(/:(\w+)/g, '{$1}')
          .replace(/^style-[0-9a-f]+/, 'style-…');
        routes.push(`${RequestMethod[method]} /${path}`);
      }
    }
  }
  return routes;
};

describe('docs/restart-invariants.md (A2)', () => {
  const { path, text } = pageAt('docs/restart-invariants.md');
  const named = [...text.matchAll(/\]\(([^)]+\.ts)\): \*([^*]+)\*/g)].map(([, file, name]) => ({
    file: relative('.', normalize(join(dirname(path), file!))),
    name: name!,
  }));
  const rows = text.split('\n').filter((line) => /^\| (?!still|---)/.test(line));

  it('names a test for each thing that is still true', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => !/\.ts\): \*[^*]+\*/.test(row))).toEqual([]);
  });

  it('names tests that exist', () => {
    const missing = named.filter(({ file, name }) => {
      const source = readFileSync(file, 'utf8');
      return ![`'${name}'`, `"${name}"`, `\`${name}\``].some((quoted) => source.includes(quoted));
    });
    expect(missing).toEqual([]);
  });
});

describe('what README.md says of a workflow', () => {
  it('is refused in these very words', () => {
    const said = blocksOf(pageAt('README.md')).find(({ language }) => language === 'text')!;
    const folder = mkdtempSync(join(tmpdir(), 'countersign-config-'));
    const problems = [
      ['refused: draft,', 'refused: drafft,'],
      ['changes-requested: draft,', 'changes-requested: write,'],
      ['  closed: {', '  later: { kind: wait, for: PT1H }\n  closed: {'],
    ].flatMap(([from, to]) => {
      cpSync('config', folder, { recursive: true });
      const file = join(folder, 'workflows/support-ticket.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace(from!, to!));
      return refusalsOf(folder).map((line) => line.replace(`${folder}/`, 'config/'));
    });
    rmSync(folder, { recursive: true });
    expect(said.content.trim().split('\n')).toEqual(problems);
  });
});

const refusalsOf = (folder: string): readonly string[] => {
  try {
    readDefinitions(folder);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};
