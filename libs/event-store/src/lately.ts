/** What is known of things that were seen lately, by the things themselves. */
export interface Lately<Known> {
  get(thing: object): Known | undefined;
  set(thing: object, known: Known): void;
}

/** Events on their way through one service: nearly all that is asked about is younger. */
const latestMax = 1_000;

/**
 * Remembers at least the last `max` things and at most twice as many. Not a WeakMap: the collector
 * pays far more for each of its entries than it costs to forget half of them now and then.
 */
export const lately = <Known>(max = latestMax): Lately<Known> => {
  let latest = new Map<object, Known>();
  let before = new Map<object, Known>();
  return {
    get: (thing) => latest.get(thing) ?? before.get(thing),
    set: (thing, known) => {
      if (latest.size >= max) {
        before = latest;
        latest = new Map();
      }
      latest.set(thing, known);
    },
  };
};
