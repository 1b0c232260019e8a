import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '@countersign/telemetry';
import { delivery } from '../embedded/delivery.js';
import type { Position, StoredEvent, SubscribeOptions, Subscription } from '../port.js';
import { withinTime, type EventStoreDbWaits } from './attempts.js';
import type { Connection } from './connection.js';
import { laterOf } from './positions.js';
import { passedInVain } from './progress.js';
import type { Reads } from './reads.js';
import { subscribeRequest } from './requests.js';
import { subscriptionCall, type SubscriptionCall } from './subscription-call.js';

export interface SubscriptionParts {
  readonly connection: Connection;
  /** Distinct. */
  readonly prefixes: readonly string[];
  readonly reads: Pick<Reads, 'head'>;
  readonly waits: EventStoreDbWaits;
  readonly log: Log;
  readonly told: { heard(): void; unheard(cause: unknown): void };
}

const batchMaxDefault = 500;
/** Between one call and the next, when it broke at once. */
const pauseMinMs = 100;
const pauseMaxMs = 2_000;

/** A subscription that runs. */
interface Running {
  state: Subscription['state'];
  /** What the subscriber has taken: the only checkpoint there is. */
  reached: Position | undefined;
  /** Somebody wants to hear how far it is. */
  asked: boolean;
  wake: () => void;
  readonly closing: AbortSignal;
  caughtUp(): void;
  /** Resolves when it was taken, or never will be. */
  give(events: readonly StoredEvent[], to: Position | undefined): Promise<void>;
}

/**
 * Follows the store through as many calls as it takes: each begins after what the subscriber has
 * taken. One loop, one batch in hand.
 */
export const startSubscription = (
  parts: SubscriptionParts,
  options: SubscribeOptions,
): Subscription => {
  const closing = new AbortController();
  const caughtUp = Promise.withResolvers<void>();
  const deliver = delivery(options, closing.signal, parts.log);
  const running: Running = {
    state: 'behind',
    reached: options.after,
    asked: false,
    wake: () => {},
    closing: closing.signal,
    caughtUp: caughtUp.resolve,
    give: async (events, to) => {
      if (to === undefined || laterOf(running.reached, to) === running.reached) return;
      if (!(await deliver({ events, reached: to }))) return;
      running.reached = to;
      running.asked = false;
    },
  };
  const { batchMax = batchMaxDefault } = options;
  const ended = untilClosed(parts, running, (confirmed) =>
    follow(parts, running, batchMax, confirmed),
  );
  return {
    get state() {
      return running.state;
    },
    caughtUp: caughtUp.promise,
    tellReached: () => {
      running.asked = true;
      running.wake();
    },
    close: () => {
      closing.abort();
      running.wake();
      return ended;
    },
  };
};

/** One call after the other. */
const untilClosed = async (
  { prefixes, log, told }: SubscriptionParts,
  running: Running,
  followOnce: (confirmed: () => void) => Promise<void>,
): Promise<void> => {
  let pauseMs = pauseMinMs;
  while (!running.closing.aborted) {
    try {
      await followOnce(() => {
        pauseMs = pauseMinMs;
        told.heard();
      });
    } catch (error) {
      if (running.closing.aborted) break;
      running.state = 'lost';
      if (pauseMs === pauseMinMs) {
        log.warn('a subscription was lost; it will go on after what was taken', {
          prefixes: prefixes.join(' '),
          reached: running.reached,
          cause: String(error),
        });
      }
      told.unheard(error);
      await pause(pauseMs, undefined, { signal: running.closing }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, pauseMaxMs);
    }
  }
};

/** From the confirmation of one call to its end; returns when closing. @throws what ended it */
const follow = async (
  { connection, prefixes, reads, waits }: SubscriptionParts,
  running: Running,
  batchMax: number,
  confirmed: () => void,
): Promise<void> => {
  const head = (signal: AbortSignal) => reads.head(signal);
  const begin = (stirred: () => void) => {
    const request = subscribeRequest(prefixes, running.reached);
    return subscriptionCall(connection, request, waits.confirmMs, stirred);
  };
  const end = await withinTime(head, waits.tryMs, running.closing);
  const call = begin(() => {
    if (call.broken) running.state = 'lost';
    running.wake();
  });
  let isConfirmed = false;
  try {
    while (!running.closing.aborted) {
      // Once: a call that was confirmed long ago says nothing about a store that froze since.
      if (call.confirmed && !call.broken && !isConfirmed) {
        isConfirmed = true;
        if (running.state === 'lost') running.state = 'behind';
        confirmed();
      }
      if (call.waiting) await takeBatch(call, running, batchMax, end);
      else if (call.broken) throw call.broken.by;
      else if (running.asked) {
        running.asked = false;
        const { reached, closing } = running;
        await running.give([], await passedInVain(reached, head, begin, waits.tryMs, closing));
      } else await new Promise<void>((resolve) => (running.wake = resolve));
    }
  } finally {
    call.end();
  }
};

/** @param end where the store ended before the call began: passed once the call has caught up */
const takeBatch = async (
  call: SubscriptionCall,
  running: Running,
  batchMax: number,
  end: Position | undefined,
): Promise<void> => {
  // What arrives in the same turn makes one batch.
  await new Promise(setImmediate);
  const { events, reached, state } = call.take(batchMax, running.reached);
  await running.give(events, reached);
  if (!state) return;
  if (state === 'live') {
    await running.give([], laterOf(running.reached, end));
    if (running.closing.aborted) return;
    running.caughtUp();
  }
  if (!call.broken) running.state = state;
};
