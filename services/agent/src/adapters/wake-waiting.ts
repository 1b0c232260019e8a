import { isInfrastructure } from '@countersign/messaging';
import type { View } from '@countersign/event-store';
import type { Log } from '@countersign/telemetry';
import type { RunSteps } from './run-steps.js';
import { waits, waitingTable, type WaitingRun } from './run-view.js';
import type { Worker, Workers } from '@countersign/hosting';

export interface Waking {
  close(): Promise<void>;
}

/** Read at once; as many workers as anybody has will not be free together. */
const readMax = 64;
const retryMs = 500;

/**
 * Gives free workers to the runs that wait longest. The view only chooses whom to wake: whether a run
 * is still unclaimed, its stream decides.
 */
export const wakeWaiting = (
  view: View,
  workers: Workers,
  steps: Pick<RunSteps, 'begin'>,
  log: Log,
): Waking => {
  const table = waitingTable(view.reader);
  /** Read and not begun yet, oldest first. */
  let next: WaitingRun[] = [];
  let readUpTo = 0;
  /** Whether the view may hold runs that were not read yet. */
  let more = true;
  const beginning = new Set<Promise<void>>();
  const retries = new Set<NodeJS.Timeout>();
  let closed = false;

  const readMore = () => {
    if (next.length > 0 || !more) return;
    next = [...table.after(readUpTo, readMax)];
    more = next.length === readMax;
    readUpTo = next.at(-1)?.seq ?? readUpTo;
  };
  const wake = () => {
    for (readMore(); !closed && next.length > 0; readMore()) {
      const [run] = next as [WaitingRun];
      if (table.holds(run)) {
        const worker = workers.hire();
        if (!worker) return;
        begin(run, worker);
      }
      next.shift();
    }
  };
  const begin = (run: WaitingRun, worker: Worker) => {
    const begun = steps
      .begin(run, worker)
      .catch((error: unknown) => {
        const { caseId, correlationId } = run;
        const line = { caseId, correlationId, cause: String(error) };
        if (!isInfrastructure(error)) return log.error('a waiting run cannot be begun', line);
        log.warn('a waiting run is begun later', line);
        const retry = setTimeout(() => {
          retries.delete(retry);
          next.unshift(run);
          wake();
        }, retryMs);
        retries.add(retry);
      })
      .finally(() => beginning.delete(begun));
    beginning.add(begun);
  };
  const stopListening = view.onBatch((events) => {
    more ||= events.some(waits);
    if (more) wake();
  });
  workers.onFree(wake);
  void view.caughtUp.then(wake);
  return {
    close: async () => {
      closed = true;
      stopListening();
      await Promise.all(beginning);
      for (const retry of retries) clearTimeout(retry);
    },
  };
};
