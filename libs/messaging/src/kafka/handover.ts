import kafkajs, { type PartitionAssigner } from 'kafkajs';

/** What the client takes for "not now, try again soon". */
class HandingBack extends Error {
  override readonly name = 'HandingBack';
  readonly type = 'REBALANCE_IN_PROGRESS';
  constructor() {
    super('partitions are being handed back');
  }
}

/**
 * Lets a member join its group only when it has handed back what it had. The client asks its
 * assigner right before each request to join, at every rebalance and after every loss, and is put
 * off until then; so the next owner, who is chosen when all have joined, begins after that.
 *
 * @param handBack begins to hand back; undefined when nothing is left
 */
export const joinAfter =
  (handBack: () => Promise<void> | undefined): PartitionAssigner =>
  (config) => {
    const inner = kafkajs.PartitionAssigners.roundRobin(config);
    return {
      name: inner.name,
      version: inner.version,
      assign: (group) => inner.assign(group),
      protocol: (subscription) => {
        if (handBack()) throw new HandingBack();
        return inner.protocol(subscription);
      },
    };
  };
