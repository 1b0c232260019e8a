import type {
  Batch,
  EventStore,
  NewEvent,
  Position,
  SubscribeOptions,
  Subscription,
} from '../src/port.js';

/** A store that breaks one promise, and the check that must notice. */
export interface BrokenTwin {
  readonly breaks: string;
  readonly noticedBy: string;
  readonly twin: (store: EventStore) => EventStore;
}

type Deliver = SubscribeOptions['deliver'];
const lastOf = async (store: EventStore, stream: string) =>
  (await store.read(stream, { direction: 'backwards', limit: 1 })).at(0)?.revision ?? 'no-stream';

const appending =
  (append: (store: EventStore, ...args: Parameters<EventStore['append']>) => Promise<unknown>) =>
  (store: EventStore): EventStore => ({
    ...store,
    append: (...args) => append(store, ...args) as ReturnType<EventStore['append']>,
  });

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

const isStored = async (store: EventStore, stream: string, events: readonly NewEvent[]) => {
  const ids = new Set((await store.read(stream)).map(({ id }) => id));
  return events.every(({ id }) => ids.has(id));
};

const appendTwins: readonly BrokenTwin[] = [
  {
    breaks: 'appends whatever revision is expected',
    noticedBy: 'a wrong expected revision is refused, says what was found, and writes nothing',
    twin: appending(async (store, stream, expected, events) =>
      store
        .append(stream, expected, events)
        .catch(async () => store.append(stream, await lastOf(store, stream), events)),
    ),
  },
  {
    breaks: 'lets every writer of a race win',
    noticedBy: 'of many writers at one stream exactly one wins each revision',
    twin: appending(async (store, stream, expected, events) =>
      store.append(stream, expected, events).catch(() => ({ revision: 0, position: '' })),
    ),
  },
  {
    breaks: 'writes a repeat again',
    noticedBy: 'an identical resend gives the original answer and writes nothing',
    twin: appending(async (store, stream, expected, events) =>
      (await isStored(store, stream, events))
        ? store.append(stream, await lastOf(store, stream), events)
        : store.append(stream, expected, events),
    ),
  },
  {
    breaks: 'answers a repeat with the end of the stream',
    noticedBy: 'an identical resend gives the original answer and writes nothing',
    twin: appending(async (store, stream, expected, events) => {
      const { position } = await store.append(stream, expected, events);
      return { revision: await lastOf(store, stream), position };
    }),
  },
  {
    breaks: 'takes any known id for a repeat',
    noticedBy: 'only all ids in their places make a repeat; anything else conflicts',
    twin: appending(async (store, stream, expected, events) =>
      store.append(stream, expected, events).catch(async (error: unknown) => {
        if (await isStored(store, stream, events.slice(0, 1))) return { revision: 0, position: '' };
        throw error;
      }),
    ),
  },
  {
    breaks: 'acknowledges before the write is durable',
    noticedBy: 'an acknowledged append survives a kill in the same instant',
    twin: appending(async (store, stream, expected, events) => {
      store.append(stream, expected, events).catch(() => undefined);
      return { revision: events.length - 1, position: '' };
    }),
  },
  {
    breaks: 'writes the events of an append one by one',
    noticedBy:
      'an append that nobody heard of is whole or absent after a kill, and can be sent again',
    twin: appending(async (store, stream, expected, events) => {
      let at = expected;
      let answer: unknown;
      for (const event of events) {
        answer = await store.append(stream, at, [event]);
        at = at === 'no-stream' ? 0 : at + 1;
      }
      return answer;
    }),
  },
  {
    breaks: 'cuts what is too large',
    noticedBy: 'what is too large is refused and writes nothing; the limit itself is allowed',
    twin: appending(async (store, stream, expected, events) =>
      store
        .append(stream, expected, events)
        .catch(() => store.append(stream, expected, [{ ...events[0]!, data: 'cut' }])),
    ),
  },
  {
    breaks: 'keeps what a limit should remove',
    noticedBy: 'a limited stream keeps its newest events, and its revisions go on',
    twin: (store) => ({ ...store, limitStream: async () => undefined }),
  },
];

/** Passes a batch on without some of its events. */
const keeping =
  (keep: (event: Batch['events'][number], index: number) => boolean) =>
  (deliver: Deliver): Deliver =>
  (batch) =>
    deliver({ ...batch, events: batch.events.filter(keep) });

const subscriptionTwins: readonly BrokenTwin[] = [
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

export const brokenTwins = [...appendTwins, ...subscriptionTwins];
