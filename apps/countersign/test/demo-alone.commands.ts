import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startIn } from './command-line.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('demo without a running product', () => {
  it('starts one, leaves it to people, and ends it on Ctrl-C', async () => {
    const demo = await startIn(join(folder, 'data'), ['demo', '--short']);
    expect(demo.printed()).toContain('starting the product…');
    expect(demo.printed()).toMatch(/2 cases: .*1 awaiting-approval/);
    expect(demo.printed()).toMatch(/Cases that wait for you: http:/);
    expect(await demo.stop()).toBe(0);
    expect(demo.printed().match(/draining…|stopped: nothing is lost/g)).toHaveLength(2);
  });
});
