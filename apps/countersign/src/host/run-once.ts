import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchOver } from './watch-over.js';

/** A program of ours that runs on this Node. */
export interface Program {
  /** Path of its program, and its arguments. */
  readonly program: readonly string[];
  /** Its whole environment; asked at each start. */
  readonly env: () => Readonly<Record<string, string>>;
  /** How long it may go on after this process is gone, in seconds; then it is ended. */
  readonly orphanedS: number;
  /** Whether it can work. */
  readonly isReady: () => Promise<boolean>;
}

const lookEveryMs = 100;
/** Longer than a service gives itself. */
const stopsMs = 30_000;
const saidMax = 20;

export interface Running {
  readonly child: ChildProcess;
  readonly over: Promise<void>;
}
export interface End {
  readonly code: number | null;
  readonly how: string;
  readonly ranMs: number;
  /** Its last lines. */
  readonly said: readonly string[];
}
interface Hearing {
  isReady(afterMs: number): void;
  said(line: string): void;
  ended(end: End): void;
}

/** One life of a process, from its start to its end. */
export const runOnce = (options: Program, hearing: Hearing): Running => {
  const startedAt = performance.now();
  const said: string[] = [];
  let isOver = false;
  const child = spawnKept(options, (line) => {
    said.push(line);
    if (said.length > saidMax) said.shift();
    hearing.said(line);
  });
  const dismiss = child.pid === undefined ? () => {} : watchOver(child.pid, options.orphanedS);
  const over = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      isOver = true;
      dismiss();
      const how = signal ?? `code ${code}`;
      hearing.ended({ code, how, ranMs: performance.now() - startedAt, said });
      resolve();
    });
  });
  const untilReady = async () => {
    while (!isOver && !(await options.isReady())) await sleep(lookEveryMs);
    if (!isOver) hearing.isReady(performance.now() - startedAt);
  };
  void untilReady();
  return { child, over };
};

/** Ends a process as it should end; one that was halted is set going first, or it could not hear it. */
export const ended = async ({ child, over }: Running): Promise<void> => {
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), stopsMs);
  await over;
  clearTimeout(impatience);
};

/** It warns of a module that we know to be experimental. */
const quietly = '--disable-warning=ExperimentalWarning';

const spawnKept = ({ program, env }: Program, onLine: (line: string) => void): ChildProcess => {
  const started = spawn(process.execPath, [quietly, ...program], {
    env: env(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  });
  let rest = '';
  started.stderr!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    lines.forEach(onLine);
  });
  return started;
};
