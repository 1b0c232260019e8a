import { BusUnavailable, PartitionRevoked, type Assignment, type ConsumeOptions } from '../port.js';

export interface OwnedPartitionOptions {
  readonly topic: string;
  readonly partition: number;
  readonly member: ConsumeOptions;
  /** Commits the offset at which the next owner begins. */
  readonly commit: (next: number) => Promise<void>;
}

/** How far a partition has been committed, one commit at a time and never back. */
export const committing = () => {
  let first: number | undefined;
  let committed = -1;
  let commits: Promise<void> = Promise.resolve();
  return {
    began: (offset: number) => void (first ??= offset),
    /** Where delivery begins again; undefined before the first record. */
    next: () => (committed < 0 ? first : committed + 1),
    advance: (offset: number, commit: () => Promise<void>): Promise<void> => {
      const turn = commits.then(async () => {
        if (offset <= committed) return;
        await commit();
        committed = offset;
      });
      commits = turn.catch(() => undefined);
      return turn;
    },
    settled: () => commits,
  };
};

/** What a member sees of a partition that it owns. */
export const ownedPartition = (
  { topic, partition, member, commit }: OwnedPartitionOptions,
  standing: { paused: boolean; revoked: boolean },
  done: ReturnType<typeof committing>,
  wake: () => void,
): Assignment => {
  const refuseRevoked = () => {
    if (!standing.revoked) return;
    throw new PartitionRevoked(`${topic}/${partition} left this member of ${member.group}`);
  };
  return {
    topic,
    partition,
    get revoked() {
      return standing.revoked;
    },
    commit: async (offset) => {
      refuseRevoked();
      if (done.next() === undefined) throw new BusUnavailable('nothing was delivered yet');
      await done.advance(offset, async () => {
        refuseRevoked();
        await commit(offset + 1);
      });
    },
    pause: () => void (standing.paused = true),
    resume: () => {
      standing.paused = false;
      wake();
    },
  };
};
