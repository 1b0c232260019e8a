import { NotPermitted, type EventStore, type Subscription } from './port.js';

/** Stream name prefixes that a service may append to and read; see `rights` in libs/contracts. */
export interface StreamRights {
  readonly append: readonly string[];
  readonly read: readonly string[];
}

/**
 * One service's handle on the store: whatever is not listed is refused. Closing it ends the
 * subscriptions made through it and leaves the store to its owner.
 * @throws NotPermitted (append, read, limitStream reject with it; subscribe throws)
 */
export const bindStore = (
  store: EventStore,
  service: string,
  { append, read }: StreamRights,
): EventStore => {
  const subscriptions = new Set<Subscription>();
  const check = (allowed: readonly string[], act: string, name: string) => {
    // A prefix is covered when everything that it can match is.
    if (allowed.some((prefix) => prefix !== '' && name.startsWith(prefix))) return;
    throw new NotPermitted(`${service} may not ${act} ${name === '' ? 'everything' : name}`);
  };
  return {
    append: async (stream, expected, events, enclosure) => {
      check(append, 'append to', stream);
      return store.append(stream, expected, events, enclosure);
    },
    read: async (stream, options) => {
      check(read, 'read', stream);
      return store.read(stream, options);
    },
    subscribe: (options) => {
      for (const prefix of options.prefixes) check(read, 'follow', prefix);
      const subscription = store.subscribe(options);
      subscriptions.add(subscription);
      return {
        get state() {
          return subscription.state;
        },
        caughtUp: subscription.caughtUp,
        tellReached: () => subscription.tellReached(),
        close: async () => {
          await subscription.close();
          subscriptions.delete(subscription);
        },
      };
    },
    limitStream: async (stream, maxCount) => {
      check(append, 'limit', stream);
      await store.limitStream(stream, maxCount);
    },
    comparePositions: (a, b) => store.comparePositions(a, b),
    close: async () => {
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
      subscriptions.clear();
    },
  };
};
