import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** What a dependency rule says of a file or of what it imports. */
export interface Where {
  readonly path?: string;
  readonly pathNot?: string;
}

export interface DependencyRule {
  readonly name: string;
  readonly severity: string;
  readonly from: Where;
  readonly to: Where & { readonly circular?: boolean };
}

export const dependencyRules = (
  createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
    readonly forbidden: readonly DependencyRule[];
  }
).forbidden;

interface Cruised {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

/** What `npm run dependencies` sees in a folder. */
export const cruise = (folder: string, ...options: readonly string[]): Cruised => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [, ...words] = scripts['dependencies']!.split(' ');
  const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const run = spawnSync(
    process.execPath,
    [program, ...words, ...options, '--output-type', 'json'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (run.stdout === '') throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Cruised;
};

const configuration = ['.dependency-cruiser.cjs', 'tsconfig.cruise.json', 'tsconfig.base.json'];

/** A tree like ours under our rules: every package has an index, and each file imports one thing. */
export const writeTree = (
  folder: string,
  imports: readonly (readonly [file: string, imported: string])[],
): void => {
  for (const name of configuration) copyFileSync(name, join(folder, name));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const { compilerOptions } = JSON.parse(readFileSync('tsconfig.cruise.json', 'utf8')) as {
    compilerOptions: { paths: Record<string, readonly [string]> };
  };
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  for (const [index] of Object.values(compilerOptions.paths)) write(index, 'export const own = 1;');
  for (const [file, imported] of imports) write(file, `export * from '${imported}';\n`);
};
