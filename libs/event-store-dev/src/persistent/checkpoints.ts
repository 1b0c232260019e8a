import type { Item } from './consumers.js';
import type { GroupSettings } from './group-settings.js';

/**
 * Up to where everything was settled, noted now and then. Items are opened in the order of their
 * places and settled in any.
 */
export const checkpoints = (settings: GroupSettings, write: (place: number) => Promise<void>) => {
  /** The place before each open item, in order. */
  const open = new Map<Item, number | undefined>();
  let last: number | undefined;
  let reached: number | undefined;
  let unnoted = 0;

  const note = (least: number) => {
    if (unnoted < Math.max(1, least) || reached === undefined) return;
    unnoted = 0;
    // Not noted now, then with the next one: what comes again was promised at least once.
    void write(reached).catch(() => undefined);
  };
  const everyMs = Math.max(1, settings.checkpointAfterMs);
  const timer = setInterval(() => note(settings.minCheckpointCount), everyMs).unref();
  return {
    /** Undefined: nothing yet. */
    get reached() {
      return reached;
    },
    open: (item: Item) => {
      open.set(item, last);
      last = item.place;
    },
    settle: (item: Item) => {
      if (!open.delete(item)) return;
      const [first] = open.values();
      reached = open.size > 0 ? first : last;
      unnoted += 1;
      if (settings.maxCheckpointCount > 0) note(settings.maxCheckpointCount);
    },
    close: () => clearInterval(timer),
  };
};
