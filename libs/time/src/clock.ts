/** Wall time as data, and monotonic waiting. The only door to the machine's clock. */
export interface Clock {
  /** Now, ISO 8601 in UTC with milliseconds. */
  now(): string;
  /** Milliseconds that only grow; for deadlines of calls, never stored. */
  monotonicMs(): number;
  /** Calls back once, no earlier than `dueAt` by this clock; returns how to stop waiting. */
  at(dueAt: string, run: () => void): () => void;
}

/** Longest wait of one timer: a later instant is waited for in legs, so that clock jumps are seen. */
const legMaxMs = 60_000;

/** Writes an instant. The last text is kept: many ask within one millisecond. */
let writtenMs = NaN;
let written = '';
const writtenAs = (ms: number): string => {
  if (ms !== writtenMs) written = new Date(ms).toISOString();
  writtenMs = ms;
  return written;
};

/** The machine's clock. */
export const systemClock = (): Clock => ({
  now: () => writtenAs(Date.now()),
  monotonicMs: () => performance.now(),
  at: (dueAt, run) => {
    let timer: NodeJS.Timeout | undefined;
    const wait = () => {
      const leftMs = Date.parse(dueAt) - Date.now();
      if (leftMs <= 0) return run();
      timer = setTimeout(wait, Math.min(leftMs, legMaxMs));
      return undefined;
    };
    timer = setTimeout(wait, 0);
    return () => clearTimeout(timer);
  },
});

/** A clock that stands until it is moved: for tests, simulation and the demo. */
export interface SettableClock extends Clock {
  /** Moves to `instant` and runs what has come due, earliest first. */
  set(instant: string): void;
  advance(ms: number): void;
}

export const settableClock = (start = '2026-01-05T09:00:00.000Z'): SettableClock => {
  let now = Date.parse(start);
  const waiting = new Set<{ dueMs: number; run: () => void }>();
  const moveTo = (ms: number) => {
    now = ms;
    const due = [...waiting].filter((w) => w.dueMs <= now).sort((a, b) => a.dueMs - b.dueMs);
    for (const wait of due) {
      waiting.delete(wait);
      queueMicrotask(wait.run);
    }
  };
  return {
    now: () => new Date(now).toISOString(),
    monotonicMs: () => performance.now(),
    at: (dueAt, run) => {
      const wait = { dueMs: Date.parse(dueAt), run };
      if (wait.dueMs <= now) queueMicrotask(run);
      else waiting.add(wait);
      return () => void waiting.delete(wait);
    },
    set: (instant) => moveTo(Date.parse(instant)),
    advance: (ms) => moveTo(now + ms),
  };
};
