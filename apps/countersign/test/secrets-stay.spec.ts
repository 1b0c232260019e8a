import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { settingsTable } from '../src/settings.js';
import { countersign } from './command-line.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-stay-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Too old for Kafka, and it notes what it was told. */
const oldJava = `#!/bin/sh
env > "$0.env"
echo 'openjdk version "11.0.1"' >&2
`;

it('I17 I23 start-services hands no secret to the broker nor to what else it starts', async () => {
  const java = join(folder, 'java');
  writeFileSync(java, oldJava);
  chmodSync(java, 0o755);
  const ports = Object.values(settingsTable).filter(({ parse }) => parse.label === 'port');
  const secrets = Object.values(settingsTable).filter(({ parse }) => parse.secret);
  const { code, err } = await countersign(['start-services'], {
    ...Object.fromEntries(ports.map(({ name }) => [name, '0'])),
    ...Object.fromEntries(secrets.map(({ name }) => [name, `of-${name}`])),
    COUNTERSIGN_DATA: join(folder, 'data'),
    PATH: `${folder}:${process.env['PATH']}`,
  });
  expect(code).toBe(1);
  expect(err).toContain('Kafka needs Java 17');
  const told = readFileSync(`${java}.env`, 'utf8');
  expect(told).toContain('COUNTERSIGN_DATA=');
  expect(secrets.map(({ name }) => `of-${name}`).filter((one) => told.includes(one))).toEqual([]);
}, 60_000);
