import { describe, expect, it } from '@jest/globals';
import { storeChecks } from '../src/conformance/suite.js';
import type { EventStoreDb } from '../src/eventstoredb/event-store-db.js';
import { logPositionOf, positionOf } from '../src/eventstoredb/positions.js';
import { StoreUnavailable, type EventStore, type Subscription } from '../src/port.js';
import { faultChecks } from './eventstoredb-fault-checks.js';
import { devHarness, type DevHarness } from './eventstoredb-harness.js';
import { scratchFolder } from './scratch-folder.js';

/** An adapter that forgets one thing that the client does not do for it. */
interface AdapterTwin {
  readonly breaks: string;
  readonly noticedBy: string;
  readonly twin: (adapter: EventStoreDb) => EventStore;
}

const onOutage = (
  adapter: EventStoreDb,
  otherwise: (...args: Parameters<EventStore['append']>) => ReturnType<EventStore['append']>,
): EventStore => ({
  ...adapter,
  append: (...args) =>
    adapter.append(...args).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return otherwise(...args);
      throw error;
    }),
});

const justBefore = (position: string): string => {
  const { commit, prepare } = logPositionOf(position);
  return positionOf(commit - 1n, prepare - 1n);
};

const following = (
  adapter: EventStoreDb,
  change: (subscribe: () => Subscription) => Subscription,
): EventStore => ({
  ...adapter,
  subscribe: (options) => change(() => adapter.subscribe(options)),
});

const twins: readonly AdapterTwin[] = [
  {
    breaks: 'sends again at the new end of the stream',
    noticedBy: 'an append whose acknowledgement was lost stands once, at its original revision',
    twin: (adapter) =>
      onOutage(adapter, async (stream, _, events) => {
        const [last] = await adapter.read(stream, { direction: 'backwards', limit: 1 });
        return adapter.append(stream, last?.revision ?? 'no-stream', events);
      }),
  },
  {
    breaks: 'sends again under new ids',
    noticedBy: 'an append that is never answered is sent again, and stands once',
    twin: (adapter) =>
      onOutage(adapter, (stream, expected, events) =>
        adapter.append(
          stream,
          expected,
          events.map((event) => ({
            ...event,
            id: event.id.replace(/^./, (c) => (c === 'a' ? 'b' : 'a')),
          })),
        ),
      ),
  },
  {
    breaks: 'takes no answer for success',
    noticedBy: 'no answer in time is an outage, never a success, and ends when the store is back',
    twin: (adapter) =>
      onOutage(adapter, async (_, expected, events) => ({
        revision: (expected === 'no-stream' ? -1 : expected) + events.length,
        position: positionOf(0n, 0n),
      })),
  },
  {
    breaks: 'does not subscribe again',
    noticedBy:
      'a dropped subscription goes on after what was taken: nothing missing, nothing twice',
    twin: (adapter) =>
      following(adapter, (subscribe) => {
        const subscription = subscribe();
        const watching = setInterval(() => {
          if (subscription.state === 'lost') void subscription.close();
        }, 1).unref();
        const close = () => {
          clearInterval(watching);
          return subscription.close();
        };
        return Object.defineProperty({ ...subscription, close }, 'state', {
          get: () => subscription.state,
        });
      }),
  },
  {
    breaks: 'begins at a position, not after it',
    noticedBy: 'a subscription begins right after the position it is given, which is exclusive',
    twin: (adapter) => ({
      ...adapter,
      subscribe: (options) =>
        adapter.subscribe({ ...options, after: options.after && justBefore(options.after) }),
    }),
  },
];

const open = devHarness(scratchFolder());

/** One try and no more, so that the twin decides what comes after it. */
const hasty = { tryMs: 150, giveUpMs: 150 };

const checkOf = (name: string): ((harness: DevHarness) => Promise<void>) =>
  [...storeChecks, ...faultChecks].find((check) => check.name === name)!.run;

describe('the checks of the EventStoreDB adapter notice one that', () => {
  it.each(twins)('$breaks', async ({ noticedBy, twin }) => {
    const harness = await open({ waits: hasty, patienceMs: 500 });
    const broken = { ...harness, store: twin(harness.adapter) };
    await expect(checkOf(noticedBy)(broken)).rejects.toThrow();
    await harness.faults({ reset: true });
    await harness.close();
  });
});
