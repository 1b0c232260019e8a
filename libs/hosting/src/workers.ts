/** Leave to act on one claim, under a name that no other claim ever has. */
export interface Worker {
  readonly name: string;
  /** Acts, then is free again. A job that throws is told to `failed`; its lease recovers it. */
  run(job: () => Promise<void>): void;
  /** Free again without having acted. */
  dismiss(): void;
}

export interface Workers {
  /** Undefined when all are busy, or when closing. */
  hire(): Worker | undefined;
  /** The next one that is free; undefined when closing. */
  whenFree(): Promise<Worker | undefined>;
  /** Told whenever one is free and nobody waits for it. */
  onFree(listener: () => void): void;
  /** Aborted when nobody is hired any more. */
  readonly closing: AbortSignal;
  /** Aborted when calls that still run are given up. */
  readonly stopping: AbortSignal;
  /** Hires nobody any more; gives those who act a while to finish, then stops their calls. */
  close(): Promise<void>;
}

export interface WorkersOptions {
  /** So many at once: what bounds the calls in flight to a model or a target. */
  readonly count: number;
  /** Different for every process that ever runs, so that a name tells whose claim it was. */
  readonly instance: string;
  /** How long `close` waits before it stops calls; as long as they take unless said. */
  readonly graceMs?: number;
  readonly failed: (error: unknown) => void;
}

/** A bounded crew: whoever is hired claims, acts, and is free again. */
export const workers = ({ count, instance, graceMs, failed }: WorkersOptions): Workers => {
  const closing = new AbortController();
  const stopping = new AbortController();
  const waiting: ((worker: Worker | undefined) => void)[] = [];
  const acting = new Set<Promise<void>>();
  let tellFree = () => {};
  let free = count;
  let hired = 0;

  const release = () => {
    free += 1;
    const next = waiting.shift();
    if (next) next(hire());
    else if (!closing.signal.aborted) tellFree();
  };
  const hire = (): Worker | undefined => {
    if (free === 0 || closing.signal.aborted) return undefined;
    free -= 1;
    hired += 1;
    return {
      name: `${instance}-${hired}`,
      dismiss: release,
      run: (job) => {
        const done = job()
          .catch(failed)
          .finally(() => {
            acting.delete(done);
            release();
          });
        acting.add(done);
      },
    };
  };
  return {
    hire,
    whenFree: () => {
      const worker = hire();
      if (worker || closing.signal.aborted) return Promise.resolve(worker);
      return new Promise((resolve) => waiting.push(resolve));
    },
    onFree: (listener) => {
      tellFree = listener;
    },
    closing: closing.signal,
    stopping: stopping.signal,
    close: async () => {
      closing.abort();
      for (const resolve of waiting.splice(0)) resolve(undefined);
      const timer = graceMs === undefined ? undefined : setTimeout(() => stopping.abort(), graceMs);
      await Promise.all(acting);
      clearTimeout(timer);
      stopping.abort();
    },
  };
};
