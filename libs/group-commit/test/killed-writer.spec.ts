import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openFile } from '../src/index.js';
import { numbersIn, numbersModule } from './numbers-module.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
const here = import.meta.dirname;

/** Starts the writer, kills it without warning in the middle, and says what it had acknowledged. */
const acknowledgedUntilKilled = async (
  path: string,
  after: number,
  writer: string,
): Promise<number[]> => {
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const hooks = `--import=${join(here, 'run-sources.mjs')}`;
  const script = join(here, 'killed-writer.ts');
  const child = spawn(process.execPath, [...flags, hooks, script, path, writer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.length > after * 5) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number, string];
  expect(signal).toBe('SIGKILL');
  // A line cut short by the kill was not said.
  return text.slice(0, text.lastIndexOf('\n')).split('\n').map(Number);
};

describe('a writer that is killed under load', () => {
  it.each([
    { writer: 'here', after: 500 },
    { writer: 'here', after: 2_000 },
    { writer: 'thread', after: 500 },
    { writer: 'thread', after: 2_000 },
  ])('has kept all that it acknowledged ($writer, killed after $after)', async (run) => {
    const { writer, after } = run;
    const path = join(folder, `${writer}-${after}.db`);
    const acknowledged = await acknowledgedUntilKilled(path, after, writer);
    expect(acknowledged.length).toBeGreaterThan(after / 2);

    const file = openFile({ path, modules: [numbersModule], synchronous: 'FULL' });
    const kept = new Set(numbersIn(file.reader));
    expect(acknowledged.filter((n) => !kept.has(n))).toEqual([]);
    await file.submit('numbers.add', -1);
    await file.close();
  });
});
