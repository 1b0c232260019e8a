import { createRequire } from 'node:module';

/** As much of a connection's queue of requests as is mended here. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

let quiet = false;

/**
 * Covers a defect of kafkajs 2.2.4: whatever a broker answers, the queue of its connection looks for
 * requests that wait, and again after a time that is always in the past, so a thousand times a second
 * for good. Here it looks again only while some do wait: for the end of a throttling, or for room.
 */
export const quietQueues = (): void => {
  if (quiet) return;
  quiet = true;
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/network/requestQueue/index.js') as {
    readonly prototype: RequestQueue;
  };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
};
