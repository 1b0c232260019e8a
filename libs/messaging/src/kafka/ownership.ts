import type { Log } from '@countersign/telemetry';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { ConsumeOptions } from '../port.js';
import { offsetRequests, type OffsetRequests } from './offset-requests.js';
import { partitionFlow, type PartitionFlow } from './partition-flow.js';
import { toRecord } from './records.js';
import { staleFetches } from './stale-fetches.js';
import { within } from './within.js';

/** The partitions that a member of a group owns at present. */
export interface Ownership {
  /** What the group has assigned; what was owned before has been handed back. */
  begin(consumer: Consumer, assigned: Readonly<Record<string, readonly number[]>>): void;
  take(payload: EachBatchPayload): Promise<void>;
  /** The client begins to fetch from a broker. */
  fetches(node: string): void;
  /** Hands everything back, once; undefined when nothing is owned. */
  handBack(): Promise<void> | undefined;
}

/** More than lanes take to let go; less than the group waits for a member (`rebalanceTimeoutMs`). */
const handBackMs = 20_000;
export const rebalanceTimeoutMs = 30_000;
export const heartbeatMs = 1_000;

export const ownership = (member: ConsumeOptions, log: Log): Ownership => {
  const flows = new Map<string, PartitionFlow>();
  const evicted = () => flows.forEach((flow) => flow.revoke());
  let requests: OffsetRequests = offsetRequests(evicted);
  const stale = staleFetches();
  let handingBack: Promise<void> | undefined;

  const letGo = async () => {
    const beat = setInterval(() => void requests.heartbeat(), heartbeatMs);
    const all = [...flows.values()];
    const stopped = all.map((flow) =>
      flow.stop().catch((error: unknown) => {
        log.warn('a partition was not handed back in order', {
          ...nameOf(flow),
          cause: String(error),
        });
      }),
    );
    await within(Promise.all(stopped), handBackMs);
    clearInterval(beat);
    requests.end();
    evicted();
    flows.clear();
    handingBack = undefined;
  };
  return {
    begin: (consumer, assigned) => {
      stale.joined();
      const committing = (requests = offsetRequests(evicted));
      for (const [topic, partitions] of Object.entries(assigned)) {
        for (const partition of partitions) {
          const tap = tapOf(consumer, topic, partition);
          // The client remembers pauses from before the rebalance.
          tap.open();
          const commit = (next: number) => committing.commit(topic, partition, next);
          const flow = partitionFlow({ topic, partition, member, tap, commit, log });
          flows.set(keyOf(topic, partition), flow);
        }
      }
    },
    take: async (payload) => {
      const { topic, partition, messages } = payload.batch;
      const flow = flows.get(keyOf(topic, partition));
      if (!flow || handingBack || !payload.isRunning()) return;
      // What is not resolved is fetched again.
      if (payload.isStale() || stale.possible) return;
      requests.through(payload);
      flow.accept(messages.map((message) => toRecord(topic, partition, message)));
      // Fetching goes on from here; what is committed is another matter.
      payload.resolveOffset(payload.batch.lastOffset());
    },
    fetches: stale.started,
    handBack: () => (flows.size === 0 ? undefined : (handingBack ??= letGo())),
  };
};

const keyOf = (topic: string, partition: number) => `${topic}/${partition}`;
const nameOf = ({ topic, partition }: PartitionFlow) => ({ topic, partition });

/** A client that is between two lives has nothing to shut or open. */
const tapOf = (consumer: Consumer, topic: string, partition: number) => {
  const quietly = (act: () => void) => () => {
    try {
      act();
    } catch {
      // It fetches nothing now, and begins anew with the next assignment.
    }
  };
  const one = [{ topic, partitions: [partition] }];
  return {
    shut: quietly(() => consumer.pause(one)),
    open: quietly(() => consumer.resume(one)),
    from: (offset: number) =>
      quietly(() => consumer.seek({ topic, partition, offset: String(offset) }))(),
  };
};
