import { StoreUnavailable, type EventStore } from '../src/port.js';

/** A store that one process loses and finds again, while the others keep it. */
export const severable = (store: EventStore) => {
  let severed = false;
  const check = () => {
    if (severed) throw new StoreUnavailable('severed');
  };
  return {
    store: {
      ...store,
      append: async (...args: Parameters<EventStore['append']>) => {
        check();
        return store.append(...args);
      },
      read: async (...args: Parameters<EventStore['read']>) => {
        check();
        return store.read(...args);
      },
      subscribe: (options: Parameters<EventStore['subscribe']>[0]) => {
        check();
        const deliver: typeof options.deliver = (batch) => {
          check();
          return options.deliver(batch);
        };
        return store.subscribe({ ...options, deliver });
      },
    } satisfies EventStore,
    sever: (now: boolean) => {
      severed = now;
    },
  };
};
