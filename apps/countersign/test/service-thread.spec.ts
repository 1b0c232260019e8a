import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

describe('a thread of services that ends by itself', () => {
  it('ends the process, so that whoever keeps it starts it again', async () => {
    const script = join(import.meta.dirname, 'broken-thread.ts');
    const args = ['--disable-warning=ExperimentalWarning', script];
    const { code, err } = await new Promise<{ code: unknown; err: string }>((resolve) => {
      execFile(process.execPath, args, (error, _, err) => resolve({ code: error?.code, err }));
    });
    expect(code).toBe(1);
    expect(err).toContain('/nowhere/store.sqlite');
  });
});
