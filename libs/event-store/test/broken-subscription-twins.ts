import type { Batch, EventStore, Position, SubscribeOptions, Subscription } from '../src/port.js';
import type { BrokenTwin } from './broken-twin.js';

type Deliver = SubscribeOptions['deliver'];
const delivering =
  (change: (deliver: Deliver, store: EventStore) => Deliver) =>
  (store: EventStore): EventStore => ({
    ...store,
    subscribe: (options) =>
      store.subscribe({ ...options, deliver: change(options.deliver, store) }),
  });

const subscribing =
  (subscribe: (store: EventStore, options: SubscribeOptions) => Subscription) =>
  (store: EventStore): EventStore => ({
    ...store,
    subscribe: (options) => subscribe(store, options),
  });

/** Passes a batch on without some of its events. */
const keeping =
  (keep: (event: Batch['events'][number], index: number) => boolean) =>
  (deliver: Deliver): Deliver =>
  (batch) =>
    deliver({ ...batch, events: batch.events.filter(keep) });

export const subscriptionTwins: readonly BrokenTwin[] = [
  {
    breaks: 'drops an event now and then',
    noticedBy: 'nothing is lost or doubled while history turns into what is new',
    twin: delivering(keeping((event, index) => index % 3 !== 2)),
  },
  {
    breaks: 'delivers a batch twice',
    noticedBy: 'nothing is lost or doubled while history turns into what is new',
    twin: delivering((deliver) => async (batch) => {
      await deliver(batch);
      if (batch.events.length > 3) await deliver(batch);
    }),
  },
  {
    breaks: 'begins with the very position it was given',
    noticedBy: 'a subscription begins right after the position it is given, which is exclusive',
    twin: subscribing((store, { after, ...options }) =>
      store.subscribe({
        ...options,
        deliver: keeping(({ position }) => after === undefined || position >= after)(
          options.deliver,
        ),
      }),
    ),
  },
  {
    breaks: 'claims to have reached what it has not delivered',
    noticedBy: 'every position that a batch says was reached is safe to resume from',
    twin: subscribing((store, options) => {
      const head = lastPosition(store);
      return store.subscribe({
        ...options,
        deliver: async (batch) => options.deliver({ ...batch, reached: await head }),
      });
    }),
  },
  {
    breaks: 'delivers other streams too',
    noticedBy: 'only streams with one of the prefixes are delivered, and never system streams',
    twin: subscribing((store, options) => store.subscribe({ ...options, prefixes: [''] })),
  },
  {
    breaks: 'goes on after a refused batch',
    noticedBy: 'a batch that is refused comes again until it is taken, and nothing passes it',
    twin: delivering((deliver) => async (batch) => {
      try {
        await deliver(batch);
      } catch {
        // Lost: that is the defect.
      }
    }),
  },
  {
    breaks: 'delivers the next batch before the last was taken',
    noticedBy: 'one batch is in hand at a time',
    twin: delivering((deliver) => (batch) => void deliver(batch)),
  },
  {
    breaks: 'says too soon that it has caught up',
    noticedBy: 'caughtUp comes when what was stored before has been taken, not sooner',
    twin: subscribing((store, options) => {
      const subscription = store.subscribe(options);
      return {
        state: 'live',
        caughtUp: Promise.resolve(),
        tellReached: () => subscription.tellReached(),
        close: () => subscription.close(),
      };
    }),
  },
  {
    breaks: 'closes while a batch is in hand',
    noticedBy: 'close waits for the batch in hand, and nothing comes after it',
    twin: subscribing((store, options) => {
      const subscription = store.subscribe(options);
      return {
        state: 'live',
        caughtUp: subscription.caughtUp,
        tellReached: () => subscription.tellReached(),
        close: async () => void subscription.close(),
      };
    }),
  },
];

/** Position of the newest event that anybody may read. */
const lastPosition = async (store: EventStore): Promise<Position> => {
  let last: Position = '';
  const subscription = store.subscribe({
    prefixes: [''],
    deliver: ({ events }) => void (last = events.at(-1)?.position ?? last),
  });
  await subscription.caughtUp;
  await subscription.close();
  return last;
};
