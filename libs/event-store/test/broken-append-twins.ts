import type { EventStore, NewEvent } from '../src/port.js';
import type { BrokenTwin } from './broken-twin.js';

const lastOf = async (store: EventStore, stream: string) =>
  (await store.read(stream, { direction: 'backwards', limit: 1 })).at(0)?.revision ?? 'no-stream';

const appending =
  (append: (store: EventStore, ...args: Parameters<EventStore['append']>) => Promise<unknown>) =>
  (store: EventStore): EventStore => ({
    ...store,
    append: (...args) => append(store, ...args) as ReturnType<EventStore['append']>,
  });

const isStored = async (store: EventStore, stream: string, events: readonly NewEvent[]) => {
  const ids = new Set((await store.read(stream)).map(({ id }) => id));
  return events.every(({ id }) => ids.has(id));
};

export const appendTwins: readonly BrokenTwin[] = [
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
