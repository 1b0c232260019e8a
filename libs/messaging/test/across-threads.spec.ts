import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { busChecks } from '../src/conformance/suite.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();

describe('the embedded bus, published to through one thread and consumed through another', () => {
  it('keeps the promises of a bus', async () => {
    const script = join(import.meta.dirname, 'across-threads.ts');
    const args = ['--disable-warning=ExperimentalWarning', script, folder];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual({ checks: busChecks.length, failed: [] });
  });
});
