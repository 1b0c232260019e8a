import type { Log } from '@countersign/telemetry';
import type { SubscribeOptions, Subscription } from '../port.js';
import { delivery, untilDone } from './delivery.js';
import type { Page } from './history.js';
import { liveQueue, type Commits, type LiveQueue } from './live.js';
import { positionOf } from './rows.js';

export interface SubscriptionParts {
  readonly page: (after: number, limit: number) => Page;
  readonly commits: Commits;
  readonly prefixes: readonly string[];
  /** Exclusive; 0: from the very beginning. */
  readonly after: number;
  /** The last sequence number when the subscription began. */
  readonly head: number;
  readonly log: Log;
}

const batchMaxDefault = 500;
/** Events of others after which a subscriber is told how far it is, so that it may note it. */
const tellEvery = 1_000;

/** One loop, one batch in hand. */
export const startSubscription = (
  parts: SubscriptionParts,
  options: SubscribeOptions,
): Subscription => {
  const closing = new AbortController();
  const caughtUp = Promise.withResolvers<void>();
  const deliver = delivery(options, closing.signal, parts.log);
  let wake = () => {};
  let lost = false;
  const source = followed(parts, options.batchMax ?? batchMaxDefault, () => {
    if (source.waiting || progress.due(source.reach)) wake();
    else progress.moved(source.reach);
  });
  const progress = told(parts.after, options.reachedEveryMs, () => wake());

  const step = async (): Promise<void> => {
    const fromFile = !source.live;
    const page = source.take();
    lost = false;
    const atEndOfFile = fromFile && page.end && page.seq > progress.seq;
    if (page.events.length > 0 || atEndOfFile || progress.due(page.seq)) {
      const batch = { events: page.events, reached: positionOf(page.seq) };
      if (!(await deliver(batch))) return;
      progress.tell(page.seq);
    }
    if (page.seq >= parts.head) caughtUp.resolve();
    // Between pages of the file everybody else gets a turn.
    if (fromFile) return void (await new Promise(setImmediate));
    if (source.waiting || progress.due(source.reach) || closing.signal.aborted) return;
    progress.moved(source.reach);
    await new Promise<void>((resolve) => (wake = resolve));
  };
  const unreadable = (error: unknown) => {
    lost = true;
    parts.log.error('the event file cannot be read', { cause: String(error) });
  };
  const run = async (): Promise<void> => {
    await new Promise(setImmediate);
    while (!closing.signal.aborted) await untilDone(step, closing.signal, unreadable);
  };
  const running = run();
  return {
    get state() {
      if (lost) return 'lost';
      return source.live ? 'live' : 'behind';
    },
    caughtUp: caughtUp.promise,
    close: () => {
      closing.abort();
      source.stop();
      progress.stop();
      wake();
      return running;
    },
  };
};

/** Page by page from the file to its end, then commits from memory; too slow, back to the file. */
const followed = (parts: SubscriptionParts, batchMax: number, settled: () => void) => {
  let queue: LiveQueue | undefined;
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
    take: (): Page => {
      const page = queue ? queue.take(batchMax) : parts.page(reached, batchMax);
      // In the same turn as the read: what is committed from now on comes through the queue.
      if (!queue && page.end) queue = liveQueue(parts.prefixes, page.seq);
      reached = page.seq;
      return page;
    },
  };
};

/** How far the subscriber was told to be, and when it should hear of progress without events. */
const told = (after: number, everyMs: number | undefined, wake: () => void) => {
  let seq = after;
  let timer: NodeJS.Timeout | undefined;
  let elapsed = false;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
    elapsed = false;
  };
  return {
    stop,
    get seq() {
      return seq;
    },
    due: (reach: number) => reach - seq >= tellEvery || (elapsed && reach > seq),
    moved: (reach: number) => {
      if (everyMs === undefined || timer || reach <= seq) return;
      timer = setTimeout(() => {
        elapsed = true;
        wake();
      }, everyMs).unref();
    },
    tell: (reached: number) => {
      seq = reached;
      stop();
    },
  };
};
