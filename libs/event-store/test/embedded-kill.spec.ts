import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openFile } from '@countersign/group-commit';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import { range } from '../src/conformance/harness.js';
import { scratchFolder } from './scratch-folder.js';

const path = join(scratchFolder(), 'events.db');
const here = import.meta.dirname;

const writeUntilKilled = async (bytes: number): Promise<string[]> => {
  const hooks = join(here, '../../group-commit/test/run-sources.mjs');
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const child = spawn(
    process.execPath,
    [...flags, `--import=${hooks}`, join(here, 'embedded-kill-writer.ts'), path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.length > bytes) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number, string];
  expect(signal).toBe('SIGKILL');
  return text.split('\n').slice(0, -1);
};

describe('an embedded store that is killed under load', () => {
  it('has every acknowledged append, whole, where it was said to be', async () => {
    const acknowledged = await writeUntilKilled(60_000);
    const file = openFile({ path, modules: [eventStoreWriter], synchronous: 'FULL' });
    const store = embeddedStore(file);
    const stored = new Map<string, string[]>();
    for (const n of range(0, 24)) {
      const events = await store.read(`case-${n}`, { limit: 10_000 });
      expect(events.map(({ revision }) => revision)).toEqual(range(0, events.length));
      expect(events.length % 2).toBe(0);
      stored.set(
        `case-${n}`,
        events.map(({ id }) => id),
      );
    }
    const lost = acknowledged.filter((line) => {
      const [stream, revision, first, second] = line.split(' ') as [string, string, string, string];
      const ids = stored.get(stream)!;
      return ids[Number(revision) - 1] !== first || ids[Number(revision)] !== second;
    });
    expect(acknowledged.length).toBeGreaterThan(300);
    expect(lost).toEqual([]);
    await store.close();
    await file.close();
  });
});
