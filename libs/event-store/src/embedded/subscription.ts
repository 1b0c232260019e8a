import type { Log } from '@countersign/telemetry';
import type { StoredEvent, SubscribeOptions, Subscription } from '../port.js';
import { delivery, untilDone } from './delivery.js';
import { followed, type FollowedParts } from './followed.js';
import { positionOf } from './rows.js';

export interface SubscriptionParts extends FollowedParts<StoredEvent> {
  /** The last sequence number when the subscription began. */
  readonly head: number;
  /** Resolves when no commit can be missed any more. */
  readonly ready: Promise<unknown>;
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
  });
  const progress = told(parts.after);

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
    await new Promise<void>((resolve) => (wake = resolve));
  };
  const unreadable = (error: unknown) => {
    lost = true;
    parts.log.error('the event file cannot be read', { cause: String(error) });
  };
  const run = async (): Promise<void> => {
    await parts.ready;
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
    tellReached: () => {
      progress.ask();
      if (progress.due(source.reach)) wake();
    },
    close: () => {
      closing.abort();
      source.stop();
      wake();
      return running;
    },
  };
};

/** How far the subscriber was told to be, and whether it should hear of progress without events. */
const told = (after: number) => {
  let seq = after;
  let asked = false;
  return {
    get seq() {
      return seq;
    },
    due: (reach: number) => reach - seq >= tellEvery || (asked && reach > seq),
    ask: () => void (asked = true),
    tell: (reached: number) => {
      seq = reached;
      asked = false;
    },
  };
};
