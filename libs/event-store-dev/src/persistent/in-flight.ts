import type { Consumer, Item } from './consumers.js';

interface Hand {
  readonly item: Item;
  readonly consumer: Consumer;
  readonly timer: NodeJS.Timeout | undefined;
}

/**
 * What consumers have in hand.
 * @param timeoutMs 0: they may keep it as long as they like
 * @param late told of an event that was taken back
 */
export const inFlight = (timeoutMs: number, late: (item: Item) => void) => {
  const hands = new Map<string, Hand>();
  const take = (id: string, by?: Consumer): Item | undefined => {
    const hand = hands.get(id);
    if (!hand || (by && hand.consumer !== by)) return undefined;
    clearTimeout(hand.timer);
    hands.delete(id);
    hand.consumer.inFlight.delete(id);
    return hand.item;
  };
  const takeLate = (id: string) => {
    const item = take(id);
    if (item) late(item);
  };
  return {
    get size() {
      return hands.size;
    },
    has: (id: string) => hands.has(id),
    give: (consumer: Consumer, item: Item) => {
      const { id } = item;
      const timer = timeoutMs > 0 ? setTimeout(takeLate, timeoutMs, id).unref() : undefined;
      hands.set(id, { item, consumer, timer });
      consumer.inFlight.add(id);
      consumer.delivered += 1;
      consumer.send(item);
    },
    /** Back from whoever has it, or only from one. */
    take,
    close: () => {
      for (const { timer } of hands.values()) clearTimeout(timer);
    },
  };
};
