import { isInfrastructure } from '@countersign/messaging';
import type { View } from '@countersign/event-store';
import type { Log } from '@countersign/telemetry';
import type { RunSteps } from './run-steps.js';
import { waitingRuns } from './run-view.js';
import type { Workers } from './workers.js';

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
  const oldest = waitingRuns(view.reader);
  /** Begun here, and in the view until it has read so far. */
  const begun = new Set<string>();
  const beginning = new Set<Promise<void>>();
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  const wake = () => {
    if (closed) return;
    const waiting = oldest(readMax + begun.size);
    forget(begun, new Set(waiting.map(({ runId }) => runId)));
    for (const run of waiting) {
      if (begun.has(run.runId)) continue;
      const worker = workers.hire();
      if (!worker) return;
      begun.add(run.runId);
      const beginningNow = steps
        .begin(run, worker)
        .catch((error: unknown) => {
          log[isInfrastructure(error) ? 'warn' : 'error']('a waiting run was not begun', {
            ...{ caseId: run.caseId, correlationId: run.correlationId, cause: String(error) },
          });
          begun.delete(run.runId);
          retry ??= setTimeout(() => {
            retry = undefined;
            wake();
          }, retryMs);
        })
        .finally(() => beginning.delete(beginningNow));
      beginning.add(beginningNow);
    }
  };
  const stopListening = view.onBatch(wake);
  workers.onFree(wake);
  void view.caughtUp.then(wake);
  return {
    close: async () => {
      closed = true;
      clearTimeout(retry);
      stopListening();
      await Promise.all(beginning);
    },
  };
};

const forget = (begun: Set<string>, waiting: ReadonlySet<string>): void => {
  for (const runId of begun) if (!waiting.has(runId)) begun.delete(runId);
};
