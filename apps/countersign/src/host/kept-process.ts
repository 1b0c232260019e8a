import { CannotStart } from './cannot-start.js';
import { ended, runOnce, type End, type Program, type Running } from './run-once.js';

/** What happens to a process, for whoever watches. */
export type ProcessNews =
  | { readonly kind: 'up'; readonly afterMs: number }
  | { readonly kind: 'said'; readonly line: string }
  | { readonly kind: 'ended'; readonly how: string; readonly againInMs: number };

export interface KeepOptions extends Program {
  readonly name: string;
  readonly onNews: (news: ProcessNews) => void;
}

/** A process that is started again whenever it ends, until it is stopped. */
export interface KeptProcess {
  readonly name: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Resolves when it can work, now or next. @throws CannotStart at its first start it cannot */
  ready(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Ends it as it should end, by SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
  /** Again, after `stop`. */
  start(): void;
}

const pauseMinMs = 250;
const pauseMaxMs = 10_000;
/** One that ran so long has recovered: what ends it then is a new trouble. */
const steadyMs = 30_000;
/** By the process's own words: it cannot start, and starting it again would not help. */
const cannotStart = 1;

/**
 * Starts a process and keeps it running. It has a process group of its own, so that Ctrl-C reaches
 * only whoever keeps it; and a channel, whose end tells it that its keeper is gone.
 */
export const keepProcess = (options: KeepOptions): KeptProcess => {
  const { name, onNews } = options;
  const pauseAfter = growingPauses();
  let ready = readiness();
  let running: Running | undefined;
  let stopping = false;
  let everReady = false;
  let pausing: NodeJS.Timeout | undefined;

  const start = () => {
    running = runOnce(options, {
      isReady: (afterMs) => {
        everReady = true;
        ready.reach();
        onNews({ kind: 'up', afterMs });
      },
      // Why it cannot start is said once, by whoever started it.
      said: (line) => everReady && onNews({ kind: 'said', line }),
      ended: (end) => {
        running = undefined;
        if (ready.reached) ready = readiness();
        if (!stopping) again(end);
      },
    });
  };
  const again = ({ code, how, ranMs, said }: End) => {
    if (!everReady && code === cannotStart) {
      ready.refuse(new CannotStart(said.join('\n') || `${name} cannot start`));
      return;
    }
    const againInMs = pauseAfter(ranMs);
    onNews({ kind: 'ended', how, againInMs });
    pausing = setTimeout(start, againInMs);
  };
  const killOnExit = () => running?.child.kill('SIGKILL');
  const begin = () => {
    stopping = false;
    process.once('exit', killOnExit);
    start();
  };
  begin();
  return {
    name,
    get pid() {
      return running?.child.pid;
    },
    ready: () => ready.promise,
    signal: (signal) => void running?.child.kill(signal),
    stop: async () => {
      stopping = true;
      clearTimeout(pausing);
      await (running && ended(running));
      process.off('exit', killOnExit);
    },
    start: () => {
      if (!running) begin();
    },
  };
};

/** Whether one process, or the one after it, can work. */
const readiness = () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  const state = { promise, reached: false, refuse: reject, reach: () => undefined as void };
  state.reach = () => {
    state.reached = true;
    resolve();
  };
  return state;
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
