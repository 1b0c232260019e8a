import type { Position } from '../port.js';
import { laterOf } from './positions.js';

/** How often the end of the store is asked for when it has not moved for a while. */
const idleEveryMs = 500;
/** So many looks in vain, then more slowly. */
const looksBeforeIdle = 20;

/** Where the store ends, as far as is known here. */
export interface HeadWatch {
  readonly head: Position | undefined;
  /** Something was seen to stand there. */
  seen(position: Position): void;
  /** Asks for the end as long as anyone watches; tells when it has moved. Returns how to stop. */
  watch(everyMs: number, moved: () => void): () => void;
}

/**
 * A filtered subscription says nothing about events that do not match until very many have passed.
 * Whoever must know sooner (a view that callers wait for) watches the end of the store.
 * @param read one try; undefined when there is no news
 */
export const headWatch = (read: () => Promise<Position | undefined>): HeadWatch => {
  const watching = new Map<() => void, number>();
  let head: Position | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let inVain = 0;

  const seen = (position: Position) => {
    if (laterOf(head, position) === head) return;
    head = position;
    inVain = 0;
    for (const moved of watching.keys()) moved();
  };
  const look = async () => {
    timer = undefined;
    looking = true;
    inVain += 1;
    const position = await read();
    looking = false;
    if (position !== undefined) seen(position);
    lookLater();
  };
  const lookLater = () => {
    if (timer || looking || watching.size === 0) return;
    const asked = Math.min(...watching.values());
    const everyMs = inVain > looksBeforeIdle ? Math.max(idleEveryMs, asked) : asked;
    timer = setTimeout(() => void look(), everyMs).unref();
  };
  return {
    get head() {
      return head;
    },
    seen,
    watch: (everyMs, moved) => {
      watching.set(moved, everyMs);
      lookLater();
      return () => {
        watching.delete(moved);
        if (watching.size > 0) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
};
