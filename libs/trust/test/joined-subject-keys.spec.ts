import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'joined-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('subject keys that two threads of a process have', () => {
  it('are the same for both, and forgotten by both when one destroys them', async () => {
    const script = join(import.meta.dirname, 'joined-subject-keys.ts');
    const args = ['--disable-warning=ExperimentalWarning', script, folder];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual({ same: true, gone: [true, true], anew: true });
  });
});
