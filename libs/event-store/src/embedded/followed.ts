import type { Position } from '../port.js';
import type { Page } from './history.js';
import { liveQueue, type Commits, type LiveQueue } from './live.js';

export interface FollowedParts<Event> {
  readonly page: (after: number, limit: number) => Page<Event>;
  readonly commits: Commits<Event>;
  /** Streams whose commits are taken from memory; `page` answers for the file. */
  readonly wanted: (stream: string) => boolean;
  /** Exclusive; 0: from the very beginning. */
  readonly after: number;
}

/**
 * Page by page from the file to its end, then commits from memory; too slow, back to the file.
 * @param settled called after each group of commits
 */
export const followed = <Event extends { readonly position: Position }>(
  parts: FollowedParts<Event>,
  batchMax: number,
  settled: () => void,
) => {
  let queue: LiveQueue<Event> | undefined;
  let reached = parts.after;
  const stop = parts.commits.follow({
    committed: (commit) => {
      if (queue && !queue.offer(commit)) queue = undefined;
    },
    settled,
  });
  return {
    stop,
    get live() {
      return queue !== undefined;
    },
    /** Whether there may be something to take. */
    get waiting() {
      return queue === undefined || queue.waiting > 0;
    },
    /** Up to here nothing is left to take, if nothing is waiting. */
    get reach() {
      return queue?.seq ?? reached;
    },
    take: (): Page<Event> => {
      const page = queue ? queue.take(batchMax) : parts.page(reached, batchMax);
      // In the same turn as the read: what is committed from now on comes through the queue.
      if (!queue && page.end) queue = liveQueue(parts.wanted, page.seq);
      reached = page.seq;
      return page;
    },
  };
};
