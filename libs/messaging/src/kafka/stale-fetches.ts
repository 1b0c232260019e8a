/**
 * Fetches that were begun before the present assignment. When the leader of a partition moves, the
 * client joins its group anew while its fetches from other brokers go on; what these bring
 * continues where the assignment before was, which may be beyond what was committed.
 */
export interface StaleFetches {
  /** A fetch from a broker begins; whatever that broker brought before has been handled. */
  started(node: string): void;
  /** A new assignment begins. */
  joined(): void;
  /** What is handled now may have been fetched for the assignment before. */
  readonly possible: boolean;
}

/** A broker that has gone begins no fetch any more; by then its last one has long ended. */
const endsMs = 15_000;

export const staleFetches = (now: () => number = () => performance.now()): StaleFetches => {
  const fetching = new Set<string>();
  const stale = new Map<string, number>();
  return {
    started: (node) => {
      fetching.add(node);
      stale.delete(node);
    },
    joined: () => {
      for (const node of fetching) stale.set(node, now() + endsMs);
      fetching.clear();
    },
    get possible() {
      for (const [node, until] of stale) if (until <= now()) stale.delete(node);
      return stale.size > 0;
    },
  };
};
