import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { takeFolder } from '../src/folder.js';
import { fetchJars, type DownloadProgress } from '../src/jars.js';
import { javaVersionIn } from '../src/java.js';
import { isAlive } from '../src/processes.js';
import { startKafka } from '../src/start-kafka.js';

const scratch = mkdtempSync(join(tmpdir(), 'countersign-kafka-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let scripts = 0;

/** A program that does what the shell lines say. */
const program = (lines: string): string => {
  const path = join(scratch, `program-${(scripts += 1)}`);
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
};
const fresh = (name: string) => mkdtempSync(join(scratch, `${name}-`));
const java = (version: string) => program(`echo 'openjdk version "${version}" 2025-04-15' >&2`);
/** Brings one jar into the folder that it is told, after a moment. */
const bringing = program(`
for argument; do case $argument in -DoutputDirectory=*) folder=\${argument#*=};; esac; done
echo '[INFO] Downloaded from here: http://here/a.jar (1.5 MB at 3.0 MB/s)'
sleep 0.2
touch "$folder/kafka_2.13-4.4.0.jar"`);
const start = (more: object) =>
  startKafka({ folder: fresh('data'), port: 0, java: java('17.0.15'), ...more });

describe('a broker that cannot be started says in one line what is missing and the way out', () => {
  const wayOut = /KAFKA_BROKERS.*npm start$/;

  it.each([
    ['no Java', { java: '/nowhere/java' }, 'java-missing', /Java 17 or newer and found none/],
    ['an old Java', { java: java('1.8.0_402') }, 'java-too-old', /and found 1\.8\.0_402/],
    ['no Maven', { maven: '/nowhere/mvn' }, 'maven-missing', /Maven, which is not installed/],
    [
      'no network',
      { maven: program('echo "[ERROR] Could not transfer artifact a:b"; exit 1') },
      'download-failed',
      /could not be downloaded \(Could not transfer artifact a:b\)/,
    ],
    [
      'a cache that cannot be written',
      { cacheFolder: '/dev/null/kafka' },
      'cache-unusable',
      /cannot be kept in \/dev\/null\/kafka \(E[A-Z]+\): make it writable/,
    ],
    [
      'a folder that cannot be written',
      { folder: '/dev/null/kafka' },
      'folder-unusable',
      /folder \/dev\/null\/kafka cannot be used \(ENOTDIR\): make it writable/,
    ],
    [
      'a broker that ends',
      {
        maven: bringing,
        java: program(
          `[ "$1" = -version ] && echo 'version "21"' && exit; echo 'no space'; exit 1`,
        ),
      },
      'broker-ended',
      /data folder could not be made \(no space\): mend that/,
    ],
  ])('%s', async (_name, more, obstacle, text) => {
    const cacheFolder = join(fresh('cache'), 'kafka');
    const problem = await start({ cacheFolder, ...more }).catch((error: unknown) => error);
    expect(problem).toMatchObject({ name: 'KafkaCannotStart', obstacle });
    expect((problem as Error).message).toMatch(text);
    expect((problem as Error).message).toMatch(wayOut);
    expect((problem as Error).message).not.toContain('\n');
    expect(existsSync(cacheFolder)).toBe(obstacle === 'broker-ended');
  });

  it('a busy port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({
      obstacle: 'port-busy',
      message: expect.stringMatching(`port ${port} .* is busy: set KAFKA_PORT`),
    });
    server.close();
  });

  it('a folder that another broker uses', async () => {
    const folder = fresh('data');
    const taken = await takeFolder(folder);
    await expect(start({ folder })).rejects.toMatchObject({
      obstacle: 'folder-in-use',
      message: expect.stringContaining(`(${process.pid})`),
    });
    taken.release();
    (await takeFolder(folder)).release();
  });
});

it('a broker that was left behind in the folder is ended, any other program is not', async () => {
  const folder = fresh('data');
  const idle = (argument: string) =>
    spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', argument], { stdio: 'ignore' });
  const leftBehind = idle(join(folder, 'server.properties'));
  const other = idle('something else');
  for (const child of [leftBehind, other]) {
    writeFileSync(join(folder, 'broker.pid'), String(child.pid));
    const ended = child === leftBehind ? once(child, 'exit') : undefined;
    (await takeFolder(folder)).release();
    await ended;
  }
  expect(isAlive(other.pid!)).toBe(true);
  other.kill('SIGKILL');
});

describe('the jars', () => {
  it('come whole or not at all when two processes fetch them at once, and once', async () => {
    const parent = fresh('cache');
    const folder = join(parent, 'kafka');
    const told: DownloadProgress[] = [];
    const fetch = () => fetchJars(folder, bringing, (progress) => void told.push(progress));
    mkdirSync(`${folder}.partial-999999999-x`);
    await Promise.all([fetch(), fetch()]);
    expect(readdirSync(folder)).toEqual(['kafka_2.13-4.4.0.jar']);
    expect(readdirSync(parent)).toEqual(['kafka']);
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ files: 1, filesExpected: 45, megabytes: 1.5 });
    await fetch();
    expect(told).toHaveLength(2);
  });

  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_402"', 8],
    ['openjdk version "25" 2025-09-16', 25],
    ['openjdk version "21-ea" 2023-09-19', 21],
  ])('%s is understood', (said, major) => {
    expect(javaVersionIn(said)?.major).toBe(major);
  });
});
