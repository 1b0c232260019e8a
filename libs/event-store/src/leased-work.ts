import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '@countersign/telemetry';

/** Starts something that one replica at a time does; what it resolves to ends it. */
export type LeasedWork = () => Promise<{ close(): Promise<void> }>;

interface Runner {
  begin(): void;
  end(): Promise<void>;
}

const startAgainMs = 500;

/** Work that begins and ends with a lease, as often as it is gained and lost. */
export const leasedWorks = (isHeld: () => boolean, log: Log) => {
  const runners = new Set<Runner>();
  return {
    /** Returns how to stop it for good. */
    add: (work: LeasedWork): { close(): Promise<void> } => {
      const runner = runnerOf(work, isHeld, log);
      runners.add(runner);
      if (isHeld()) runner.begin();
      return {
        close: async () => {
          runners.delete(runner);
          await runner.end();
        },
      };
    },
    begin: () => {
      for (const runner of runners) runner.begin();
    },
    /** Resolves when nothing runs any more: only then may it be begun again. */
    end: async () => {
      await Promise.all([...runners].map((runner) => runner.end()));
    },
  };
};

const runnerOf = (work: LeasedWork, isHeld: () => boolean, log: Log): Runner => {
  let wanted = false;
  let running: Promise<{ close(): Promise<void> } | undefined> = Promise.resolve(undefined);
  const untilStarted = async () => {
    while (wanted && isHeld()) {
      try {
        return await work();
      } catch (error) {
        log.warn('leased work will be started again', { cause: String(error) });
        await pause(startAgainMs);
      }
    }
    return undefined;
  };
  return {
    begin: () => {
      wanted = true;
      running = running.then((started) => started ?? untilStarted());
    },
    end: async () => {
      wanted = false;
      const started = await running;
      running = Promise.resolve(undefined);
      await started?.close();
    },
  };
};
