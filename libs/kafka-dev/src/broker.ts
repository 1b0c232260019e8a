import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { runCommand } from './command.js';
import { KafkaCannotStart, otherwise } from './errors.js';
import type { BrokerFolder } from './folder.js';

/** Started in 2 s here; after a crash it reads its logs first. */
const startsMs = 60_000;
const lookEveryMs = 25;
const outputMaxBytes = 8 * 1024 * 1024;

const classPath = (jars: string) => ['-cp', join(jars, '*')];

/** Makes the data folder of a new broker, whole or not at all. @throws KafkaCannotStart */
export const formatData = async (folder: BrokerFolder, java: string, jars: string) => {
  if (existsSync(folder.data)) return;
  const fresh = `${folder.data}.new`;
  rmSync(fresh, { recursive: true, force: true });
  // An id may begin with a dash, which the tool takes for an option.
  const id = `C${randomBytes(16).toString('base64url').slice(0, 20)}A`;
  const { code, said } = await runCommand(java, [
    ...classPath(jars),
    'kafka.tools.StorageTool',
    'format',
    ...['-t', id, '-c', `${folder.properties}.format`],
  ]);
  rmSync(`${folder.properties}.format`);
  if (code === 0) return renameSync(fresh, folder.data);
  const reason = said.trim().split('\n').at(-1)!.slice(0, 200);
  throw new KafkaCannotStart(
    'broker-ended',
    `Kafka's data folder could not be made (${reason}): mend that, ${otherwise}`,
  );
};

/** A broker that runs, until it ends. */
export interface Broker {
  readonly pid: number;
  readonly ended: Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** @throws KafkaCannotStart it ended, or was not there within a minute */
export const startBroker = async (
  folder: BrokerFolder,
  { java, jars, port }: { java: string; jars: string; port: number },
): Promise<Broker> => {
  keepOutputSmall(folder.output);
  const output = openSync(folder.output, 'a');
  const from = statSync(folder.output).size;
  // A process group of its own: Ctrl-C is for whoever started it, which ends it last.
  const child = spawn(
    java,
    [
      ...['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      `-Dlog4j2.configurationFile=${folder.logging}`,
      ...classPath(jars),
      'kafka.Kafka',
      folder.properties,
    ],
    { stdio: ['ignore', output, output], detached: true },
  );
  closeSync(output);
  await once(child, 'spawn');
  const pid = child.pid!;
  folder.remember(pid);
  const dismiss = watch(pid);
  const ended = once(child, 'exit').then(() => {
    dismiss();
    folder.forget();
  });
  await untilReached(child, port, folder.output, from);
  return { pid, ended, signal: (name) => void child.kill(name) };
};

/** Ends the broker as soon as this process is gone, which closes the pipe, however it went. */
const watch = (pid: number): (() => void) => {
  const script = `read word; [ "$word" = over ] || kill -9 ${pid}`;
  const watcher = spawn('/bin/sh', ['-c', script], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  return () => void watcher.stdin.end('over\n');
};

const untilReached = async (child: ChildProcess, port: number, output: string, from: number) => {
  const begun = performance.now();
  while (!(await answers(port))) {
    const said = () => readFileSync(output, 'utf8').slice(from);
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new KafkaCannotStart(
        'broker-ended',
        `Kafka ended while it started (${lastProblem(said())}): see ${output}, ${otherwise}`,
      );
    }
    if (performance.now() - begun > startsMs) {
      child.kill('SIGKILL');
      throw new KafkaCannotStart(
        'broker-silent',
        `Kafka did not answer on port ${port} within ${startsMs / 1000} s: see ${output}, ${otherwise}`,
      );
    }
    await sleep(lookEveryMs);
  }
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });

/** The first line of its log that names an error, else the last one. */
const lastProblem = (said: string): string => {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const line = lines.find((text) => / (ERROR|FATAL) |Exception/.test(text)) ?? lines.at(-1);
  return (line ?? 'it said nothing').replace(/^\S+ /, '').slice(0, 200);
};

const keepOutputSmall = (output: string) => {
  if (existsSync(output) && statSync(output).size > outputMaxBytes) {
    renameSync(output, `${output}.1`);
  }
};
