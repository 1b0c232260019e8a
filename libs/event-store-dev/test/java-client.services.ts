import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { EventStoreDev } from '../src/index.js';
import { scratchFolder, startServer } from './server-harness.js';

const run = promisify(execFile);
const project = join(import.meta.dirname, '../java-client');
const program = join(project, 'Check.java');
const folder = scratchFolder();
let server: EventStoreDev;
beforeAll(async () => {
  server = await startServer(folder);
});
afterAll(() => server.close());

it("is taken for the real one by Java's official client", async () => {
  const classpath = join(folder, 'classpath');
  const goal = ['dependency:build-classpath', `-Dmdep.outputFile=${classpath}`];
  await run('mvn', ['-q', '-B', '-f', join(project, 'pom.xml'), ...goal]);
  const java = ['-cp', readFileSync(classpath, 'utf8'), program, server.connectionString];
  const { stdout } = await run('java', java).catch((error: { stdout: string }) => error);
  const checks = readFileSync(program, 'utf8').match(/\bcheck\("/g)!.length;
  expect(stdout.trim().split('\n')).toEqual(
    Array.from({ length: checks }, () => expect.stringMatching(/^ok: /)),
  );
}, 240_000);
