import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStart } from './cannot-start.js';
import { watchOver } from './watch-over.js';

/** What happens to a process, for whoever watches. */
export type ProcessNews =
  | { readonly kind: 'up'; readonly afterMs: number }
  | { readonly kind: 'said'; readonly line: string }
  | { readonly kind: 'ended'; readonly how: string; readonly againInMs: number };

export interface KeepOptions {
  readonly name: string;
  /** Path of its program, and its arguments. */
  readonly program: readonly string[];
  /** Its whole environment. */
  readonly env: () => Readonly<Record<string, string>>;
  /** How long it may go on after its keeper is gone, in seconds; then it is ended. */
  readonly orphanedS: number;
  /** Whether it can work. */
  readonly isReady: () => Promise<boolean>;
  readonly onNews: (news: ProcessNews) => void;
}

/** A process that is started again whenever it ends, until it is stopped. */
export interface KeptProcess {
  readonly name: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Resolves as soon as it can work. @throws CannotStart it says that it cannot, at its first start */
  ready(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Ends it as it should end, by SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
}

const pauseMinMs = 250;
const pauseMaxMs = 10_000;
/** One that ran so long has recovered: what ends it then is a new trouble. */
const steadyMs = 30_000;
const lookEveryMs = 100;
/** Longer than a service gives itself. */
const stopsMs = 30_000;
const saidMax = 20;
/** By the process's own words: it cannot start, and starting it again would not help. */
const cannotStart = 1;

/**
 * Starts a process and keeps it running. It has a process group of its own, so that Ctrl-C reaches
 * only whoever keeps it; and a channel, whose end tells it that its keeper is gone.
 */
export const keepProcess = (options: KeepOptions): KeptProcess => {
  const { name, onNews, isReady, orphanedS } = options;
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);
  let child: ChildProcess | undefined;
  let stopping = false;
  let wasReady = false;
  const pauseAfter = growingPauses();
  let pausing: NodeJS.Timeout | undefined;
  let ended: Promise<void> = Promise.resolve();

  const start = () => {
    const startedAt = performance.now();
    const said: string[] = [];
    const started = spawnKept(options, (line) => {
      said.push(line);
      if (said.length > saidMax) said.shift();
      // Why it cannot start is said once, by whoever started it.
      if (wasReady) onNews({ kind: 'said', line });
    });
    child = started;
    const dismiss = started.pid === undefined ? () => undefined : watchOver(started.pid, orphanedS);
    void untilReady(started, startedAt);
    ended = new Promise((resolve) => {
      started.once('close', (code, signal) => {
        child = undefined;
        dismiss();
        resolve();
        if (!stopping) again(startedAt, code, signal ?? `code ${code}`, said);
      });
    });
  };
  const untilReady = async (started: ChildProcess, startedAt: number) => {
    while (child === started && !(await isReady())) await sleep(lookEveryMs);
    if (child !== started) return;
    wasReady = true;
    ready.resolve();
    onNews({ kind: 'up', afterMs: performance.now() - startedAt });
  };
  const again = (startedAt: number, code: number | null, how: string, said: readonly string[]) => {
    if (!wasReady && code === cannotStart) {
      ready.reject(new CannotStart(said.join('\n') || `${name} cannot start`));
      return;
    }
    const againInMs = pauseAfter(performance.now() - startedAt);
    onNews({ kind: 'ended', how, againInMs });
    pausing = setTimeout(start, againInMs);
  };
  const killOnExit = () => child?.kill('SIGKILL');
  process.once('exit', killOnExit);
  start();
  return {
    name,
    get pid() {
      return child?.pid;
    },
    ready: () => ready.promise,
    signal: (signal) => void child?.kill(signal),
    stop: async () => {
      stopping = true;
      clearTimeout(pausing);
      // One that was halted could not hear it.
      child?.kill('SIGCONT');
      child?.kill('SIGTERM');
      const impatience = setTimeout(() => child?.kill('SIGKILL'), stopsMs);
      await ended;
      clearTimeout(impatience);
      process.off('exit', killOnExit);
    },
  };
};

/** How long to wait after an end, by how long it had run: what ends at once is not hurried. */
const growingPauses = (): ((ranMs: number) => number) => {
  let nextMs = pauseMinMs;
  return (ranMs) => {
    const pauseMs = ranMs > steadyMs ? pauseMinMs : nextMs;
    nextMs = Math.min(2 * pauseMs, pauseMaxMs);
    return pauseMs;
  };
};

/** Warnings about what we know: an experimental module, and timers of the broker's client. */
const quietly = ['ExperimentalWarning', 'TimeoutNegativeWarning'].map(
  (name) => `--disable-warning=${name}`,
);

const spawnKept = ({ program, env }: KeepOptions, onLine: (line: string) => void): ChildProcess => {
  const started = spawn(process.execPath, [...quietly, ...program], {
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
