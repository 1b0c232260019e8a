import { groupDropped, groupFull } from '../protocol/errors.js';
import type { Resolved } from '../protocol/recorded-message.js';
import { checkpoints } from './checkpoints.js';
import { choosing, type Consumer, type Item } from './consumers.js';
import type { GroupSettings } from './group-settings.js';
import { inFlight } from './in-flight.js';

export type NackAction = 'park' | 'retry' | 'skip' | 'stop';

export interface GroupParts {
  readonly source: string;
  readonly name: string;
  readonly settings: GroupSettings;
  /** Keeps an event aside, durably. */
  readonly park: (resolved: Resolved, reason: string) => Promise<void>;
  /** Notes durably how far everything was settled. */
  readonly checkpoint: (place: number) => Promise<void>;
}

/**
 * Consumers that share the events of one source: at least once, each event to one of them, in no
 * promised order once something is tried again.
 */
export const startGroup = (parts: GroupParts) => {
  const { source, name, settings } = parts;
  const consumers: Consumer[] = [];
  const queue = queueOf(parts, consumers);
  return {
    source,
    name,
    settings,
    consumers: consumers as readonly Consumer[],
    /** @param admitted told before the first event. @throws FAILED_PRECONDITION the group is full */
    join: (consumer: Consumer, admitted: () => void) => {
      const { maxSubscriberCount } = settings;
      if (maxSubscriberCount > 0 && consumers.length >= maxSubscriberCount) {
        throw groupFull(source, name);
      }
      consumers.push(consumer);
      admitted();
      queue.dispatch();
    },
    leave: (consumer: Consumer) => {
      const index = consumers.indexOf(consumer);
      if (index >= 0) consumers.splice(index, 1);
      queue.takeBack(consumer);
    },
    ack: (consumer: Consumer, ids: readonly string[]) => {
      for (const id of ids) queue.settle(id, consumer);
      queue.dispatch();
    },
    nack: (consumer: Consumer, ids: readonly string[], action: NackAction, reason: string) => {
      for (const id of ids) queue.refuse(id, consumer, action, reason);
      if (action === 'stop') consumer.drop(groupDropped(source, name));
      queue.dispatch();
    },
    offer: queue.offer,
    replay: queue.replay,
    standing: queue.standing,
    close: queue.close,
  };
};

export type Group = ReturnType<typeof startGroup>;

const itemOf = (resolved: Resolved, place?: number): Item => ({
  id: (resolved.link ?? resolved.event)!.id,
  resolved,
  place,
  retries: 0,
});

/** What becomes of an event that a consumer did not handle. */
const refusals = (
  { maxRetryCount }: GroupSettings,
  park: GroupParts['park'],
  settle: (item: Item) => void,
  repeat: (item: Item) => void,
) => {
  const aside = (item: Item, reason: string) =>
    void park(item.resolved, reason).then(
      () => settle(item),
      () => repeat(item),
    );
  const retry = (item: Item, reason: string) => {
    item.retries += 1;
    if (item.retries > maxRetryCount) aside(item, reason);
    else repeat(item);
  };
  return { park: aside, skip: settle, retry, stop: retry };
};

/** What waits, what is tried again first, and what is in hand. */
const queueOf = ({ settings, park, checkpoint }: GroupParts, consumers: readonly Consumer[]) => {
  const waiting: Item[] = [];
  const again: Item[] = [];
  const settled = checkpoints(settings, checkpoint);
  const choose = choosing(settings.strategy);
  let room = () => {};
  let total = 0;

  const dispatch = () => {
    for (;;) {
      const from = again.length > 0 ? again : waiting;
      const [item] = from;
      // The same event twice in hand could not be told apart when it is acknowledged.
      const consumer = item && !hands.has(item.id) ? choose(consumers, item) : undefined;
      if (!item || !consumer) break;
      from.shift();
      total += 1;
      hands.give(consumer, item);
    }
    if (waiting.length < settings.liveBufferSize) room();
  };
  const repeat = (item: Item) => {
    again.push(item);
    dispatch();
  };
  const act = refusals(settings, park, settled.settle, repeat);
  const late = (item: Item) => act.retry(item, 'not answered in time');
  const hands = inFlight(settings.messageTimeoutMs, late);
  return {
    dispatch,
    settle: (id: string, by: Consumer) => {
      const item = hands.take(id, by);
      if (item) settled.settle(item);
    },
    refuse: (id: string, by: Consumer, action: NackAction, reason: string) => {
      const item = hands.take(id, by);
      if (item) act[action](item, reason);
    },
    takeBack: (from: Consumer) => {
      for (const id of [...from.inFlight]) again.push(hands.take(id)!);
      dispatch();
    },
    /** Resolves when there is room for more. */
    offer: async (resolved: Resolved, place: number): Promise<void> => {
      const item = itemOf(resolved, place);
      settled.open(item);
      waiting.push(item);
      dispatch();
      if (waiting.length < settings.liveBufferSize) return;
      await new Promise<void>((resolve) => (room = resolve));
    },
    /** Delivers what was parked, before anything else. */
    replay: (resolved: Resolved) => repeat(itemOf(resolved)),
    standing: () => ({
      total,
      inFlight: hands.size,
      waiting: waiting.length,
      again: again.length,
      reached: settled.reached,
    }),
    close: () => {
      settled.close();
      hands.close();
      room();
    },
  };
};
