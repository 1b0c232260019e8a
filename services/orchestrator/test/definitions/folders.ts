import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/** The configuration that this repository ships. */
export const shipped = join(here, '../../../../config');
export const workflowsOfTests = join(here, '../workflows');

/**
 * A copy of the shipped configuration with some files written anew, by path below it; null removes
 * one. Given to `use`, then removed.
 */
export const inFolderWith = <T>(
  files: Readonly<Record<string, string | null>>,
  use: (folder: string) => T,
): T => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-definitions-'));
  try {
    cpSync(shipped, folder, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      if (text === null) rmSync(join(folder, path));
      else writeFileSync(join(folder, path), text);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};
