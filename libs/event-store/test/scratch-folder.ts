import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** A new empty folder, removed after the suite. */
export const scratchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
