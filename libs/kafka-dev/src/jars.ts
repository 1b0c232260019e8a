import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.js';
import { codeOf, KafkaCannotStart, otherwise } from './errors.js';
import { isAlive } from './processes.js';

/** How far a download is. */
export interface DownloadProgress {
  readonly what: string;
  /** Files that have come; some of them may have been there already. */
  readonly files: number;
  /** About so many in all. */
  readonly filesExpected: number;
  readonly megabytes: number;
}

const pom = fileURLToPath(new URL('../pom.xml', import.meta.url));
/** Jars of the broker; the build tool's own plugins come on top when it runs for the first time. */
const jarsExpected = 45;
const unitBytes: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6 };

export const kafkaVersion = (): string =>
  /<kafka\.version>([^<]+)</.exec(readFileSync(pom, 'utf8'))![1]!;

export const defaultCacheFolder = (): string =>
  join(homedir(), '.cache', 'countersign', `kafka-${kafkaVersion()}`);

/**
 * The jars of the broker in `folder`, downloaded when they are not there. The folder is there whole
 * or not at all: who comes second while two download uses what the first one brought.
 * @throws KafkaCannotStart no Maven, no download, or a folder that cannot be written
 */
export const fetchJars = async (
  folder: string,
  maven: string,
  onProgress: (progress: DownloadProgress) => void,
): Promise<void> => {
  if (existsSync(folder)) return;
  const partial = `${folder}.partial-${process.pid}-${performance.now().toString(36)}`;
  try {
    removeLeftovers(folder);
    mkdirSync(partial, { recursive: true });
  } catch (error) {
    throw unusable(folder, error);
  }
  try {
    await download(partial, maven, onProgress);
    moveInto(folder, partial);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
};

const download = async (
  partial: string,
  maven: string,
  onProgress: (progress: DownloadProgress) => void,
) => {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime'];
  const what = `Kafka ${kafkaVersion()}`;
  let files = 0;
  let bytes = 0;
  const { code, said } = await runCommand(
    maven,
    ['-B', '-f', pom, ...goal, `-DoutputDirectory=${partial}`],
    (line) => {
      const came = /Downloaded from .*\.jar \(([\d.]+) (B|kB|MB)/.exec(line);
      if (!came) return;
      files += 1;
      bytes += Number(came[1]) * unitBytes[came[2]!]!;
      const filesExpected = Math.max(jarsExpected, files);
      onProgress({ what, files, filesExpected, megabytes: Math.round(bytes / 1e5) / 10 });
    },
  );
  if (code === undefined) {
    throw new KafkaCannotStart(
      'maven-missing',
      `Kafka is fetched with Maven, which is not installed: install it (mvn), ${otherwise}`,
    );
  }
  if (code === 0 && readdirSync(partial).some((name) => name.startsWith('kafka_'))) return;
  const reason = /\[ERROR\] (.*)/.exec(said)?.[1]?.slice(0, 200) ?? `mvn ended with ${code}`;
  throw new KafkaCannotStart(
    'download-failed',
    `${what} could not be downloaded (${reason}): try again, ${otherwise}`,
  );
};

const moveInto = (folder: string, partial: string) => {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw unusable(folder, error);
  }
};

/** Of downloads whose process was killed. */
const removeLeftovers = (folder: string) => {
  const parent = dirname(folder);
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const [, pid] = name.startsWith(`${basename(folder)}.`)
      ? (/partial-(\d+)/.exec(name) ?? [])
      : [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    rmSync(join(parent, name), { recursive: true, force: true });
  }
};

const unusable = (folder: string, error: unknown) =>
  new KafkaCannotStart(
    'cache-unusable',
    `Kafka cannot be kept in ${folder} (${codeOf(error)}): make it writable, ${otherwise}`,
    { cause: error },
  );
