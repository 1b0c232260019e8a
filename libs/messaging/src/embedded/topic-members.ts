import type { ConsumeOptions, ReceivedRecord } from '../port.js';
import type { Delivery } from './delivery.js';

/** The members of one group that want one topic. Its partition belongs to the first of them. */
export interface TopicMembers {
  join(member: ConsumeOptions): void;
  /** When the owner leaves, the next member takes over. */
  leave(member: ConsumeOptions): Promise<void>;
  arrive(record: ReceivedRecord): void;
}

/** @param start begins delivery to a member from the group's committed offset on */
export const topicMembers = (start: (member: ConsumeOptions) => Delivery): TopicMembers => {
  const members: ConsumeOptions[] = [];
  let owner: ConsumeOptions | undefined;
  let delivery: Delivery | undefined;

  const handOver = () => {
    owner = members[0];
    delivery = owner && start(owner);
  };
  return {
    join: (member) => {
      members.push(member);
      if (!owner) handOver();
    },
    leave: async (member) => {
      const place = members.indexOf(member);
      if (place >= 0) members.splice(place, 1);
      if (owner !== member) return;
      // Still the owner until it has stopped: nobody else may start before.
      try {
        await delivery?.stop();
      } finally {
        handOver();
      }
    },
    arrive: (record) => delivery?.arrive(record),
  };
};
