import { afterEach } from '@jest/globals';
import { numberOf } from '../src/conformance/harness.js';
import type { KafkaBus } from '../src/kafka/kafka-bus.js';
import { runInLanes, type Lanes, type LanesOptions } from '../src/lanes.js';
import type { Bus, OutgoingRecord, ReceivedRecord } from '../src/port.js';
import { machineWaits } from '../src/waits.js';
import { scratchFolder } from './scratch-folder.js';
import { record } from './scratch-lanes.js';
import { scratchWorld, until, type ScratchWorld } from './scratch-world.js';
import type { scratchKafka } from './kafka-harness.js';

/** Lanes of the agent over Kafka; their fences stand in a store that never fails. */
export interface KafkaWorld extends Omit<ScratchWorld, 'bus'> {
  readonly bus: KafkaBus;
  run(handle: LanesOptions['handle']): Promise<Lanes>;
}

export const kafkaWorlds = (scratch: ReturnType<typeof scratchKafka>) => {
  const folder = scratchFolder();
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return (topic: string): KafkaWorld => {
    const { bus: _embedded, ...world } = scratchWorld(folder);
    const bus = scratch.openBus();
    closing.push(
      () => world.close(),
      () => bus.close(),
    );
    return {
      ...world,
      bus,
      run: async (handle) => {
        const options = { service: 'agent', group: `agent-${topic}`, topics: [topic] } as const;
        const lanes = await runInLanes({ ...world, ...options, bus, waits: machineWaits, handle });
        closing.push(() => lanes.close());
        return lanes;
      },
    };
  };
};

/** What a relay does: the same records again until they are durable, a batch at a time. */
export const publishingLoad = (bus: Bus, topic: string, keys: number) => {
  let stopped = false;
  let acknowledged = 0;
  let repeats = 0;
  const batchOf = (first: number): OutgoingRecord[] =>
    Array.from({ length: 10 }, (_, n) => record(`key-${(first + n) % keys}`, first + n, { topic }));
  const publishUntilHeard = async (records: readonly OutgoingRecord[]) => {
    for (;;) {
      try {
        return await bus.publish(records);
      } catch (error) {
        if ((error as Error).name !== 'BusUnavailable') throw error;
        repeats += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  const running = (async () => {
    while (!stopped) {
      const batch = batchOf(acknowledged);
      await publishUntilHeard(batch);
      acknowledged += batch.length;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return {
    get acknowledged() {
      return acknowledged;
    },
    get repeats() {
      return repeats;
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
};

/** Which numbers came, and whether each key's came in order when they came for the first time. */
export const arrivals = () => {
  const seen = new Set<number>();
  const newest = new Map<string, number>();
  let repeated = 0;
  let backwards = 0;
  return {
    take: (arrived: Pick<ReceivedRecord, 'key' | 'value'>) => {
      const n = numberOf(arrived);
      if (seen.has(n)) return void (repeated += 1);
      seen.add(n);
      if (n < (newest.get(arrived.key) ?? -1)) backwards += 1;
      newest.set(arrived.key, n);
    },
    get count() {
      return seen.size;
    },
    get repeated() {
      return repeated;
    },
    get backwards() {
      return backwards;
    },
    /** Waits until `0` … `count - 1` have come. */
    all: (count: number, patienceMs: number) =>
      until(() => seen.size >= count, `${count} arrivals`, patienceMs),
  };
};
