import { silentLog, type Log } from '@countersign/telemetry';
import { systemClock, type Clock } from '@countersign/time';
import { distinctPrefixes } from '../embedded/prefixes.js';
import {
  StoreUnavailable,
  type EventStore,
  type SubscribeOptions,
  type Subscription,
} from '../port.js';
import { appendStream } from './append-stream.js';
import { appender, writer } from './appends.js';
import { attempts, usualWaits, withinTime, type EventStoreDbWaits } from './attempts.js';
import { connect, type Connection } from './connection.js';
import { streamLimiter } from './limit-stream.js';
import { comparePositions, logPositionOf } from './positions.js';
import { reads as readsOn } from './reads.js';
import { storeState, type StoreState } from './store-state.js';
import { startSubscription } from './subscription.js';

export interface EventStoreDbOptions {
  /** `esdb://host:2113?tls=false`, or any other connection string of the client. */
  readonly url: string;
  readonly log?: Log;
  /** Only its monotonic time is used. */
  readonly clock?: Clock;
  readonly waits?: Partial<EventStoreDbWaits>;
}

export type EventStoreDb = EventStore & {
  /** Whether the store answers; for readiness. */
  readonly state: StoreState;
};

/** A service with nothing to do must notice too that its store is away. */
const askEveryMs = 1_000;

/** Of the 100 streams that a server allows on a connection. */
const subscriptionsPerConnection = 32;

/**
 * An EventStoreDB or KurrentDB, or what speaks its protocol: server 23.10 or later. Nothing is asked
 * of it before it is used; when it is away, calls fail after a while and subscriptions wait.
 * @throws TypeError the url is no connection string
 */
export const eventStoreDb = (options: EventStoreDbOptions): EventStoreDb => {
  const { url, log = silentLog, clock = systemClock() } = options;
  const waits = { ...usualWaits, ...options.waits };
  const closing = new AbortController();
  const connection = connect(url, log);
  const subscribers = subscriberConnections(() => connect(url, log));
  const told = { heard: () => state.heard(), unheard: () => state.unheard() };
  const trying = attempts(waits, clock, closing.signal, told);
  const reads = readsOn(connection, trying);
  const probe = () => withinTime((signal) => reads.head(signal), waits.tryMs, closing.signal);
  const state = storeState(probe, closing.signal, log);
  const stream = appendStream(connection);
  const appendParts = { stream, reads, attempts: trying };
  const open = new Set<Subscription>();
  void state.ask();
  const asking = setInterval(() => void state.ask(), askEveryMs).unref();

  const subscribe = (asked: SubscribeOptions): Subscription => {
    if (closing.signal.aborted) throw new StoreUnavailable('the event store has been closed');
    const prefixes = distinctPrefixes(asked.prefixes);
    const { batchMax = 1, after } = asked;
    if (!Number.isSafeInteger(batchMax) || batchMax < 1) {
      throw new RangeError(`cannot deliver ${batchMax} events a batch`);
    }
    if (after !== undefined) logPositionOf(after);
    const place = subscribers.take();
    const parts = { connection: place.connection, prefixes, reads, waits, log, told };
    const subscription = startSubscription(parts, asked);
    open.add(subscription);
    return {
      get state() {
        return subscription.state;
      },
      caughtUp: subscription.caughtUp,
      tellReached: () => subscription.tellReached(),
      close: async () => {
        await subscription.close();
        if (open.delete(subscription)) place.leave();
      },
    };
  };
  return {
    get state() {
      return state.now;
    },
    append: appender(appendParts),
    read: reads.read,
    subscribe,
    limitStream: streamLimiter(reads, writer(appendParts)),
    comparePositions,
    close: async () => {
      closing.abort();
      clearInterval(asking);
      await Promise.all([...open].map((subscription) => subscription.close()));
      stream.close();
      connection.close();
      subscribers.close();
    },
  };
};

/** Subscriptions share no connection with appends and reads, and only so many share one. */
const subscriberConnections = (connectNew: () => Connection) => {
  const places: { readonly connection: Connection; taken: number }[] = [];
  return {
    take: () => {
      let place = places.find(({ taken }) => taken < subscriptionsPerConnection);
      if (!place) places.push((place = { connection: connectNew(), taken: 0 }));
      place.taken += 1;
      return { connection: place.connection, leave: () => void (place.taken -= 1) };
    },
    close: () => {
      for (const { connection } of places) connection.close();
    },
  };
};
