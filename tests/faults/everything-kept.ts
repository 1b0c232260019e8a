import { join } from 'node:path';
import { allTopics, rights, services } from '@countersign/contracts';
import {
  embeddedStore,
  eventStoreWriter,
  type EventStore,
  type StoredEvent,
} from '@countersign/event-store';
import { openFile } from '@countersign/group-commit';
import {
  busWriter,
  embeddedBus,
  type Bus,
  type OutgoingRecord,
  type ReceivedRecord,
} from '@countersign/messaging';

/** All that a deployment keeps: every event in the order of the store, every record by topic. */
export interface Everything {
  readonly events: readonly StoredEvent[];
  readonly records: readonly ReceivedRecord[];
}

/** Every stream that any service may write, relays and fences included. */
const prefixes = [...new Set(services.flatMap((service) => rights[service].append))];
/** Of ours: what stands in the topics of sources is upstream's. */
const ownTopics = allTopics([]);

/** Reads a store and a bus that are open. */
export const everythingOf = async (world: World): Promise<Everything> => {
  const events: StoredEvent[] = [];
  const subscription = world.store.subscribe({
    prefixes,
    batchMax: 500,
    deliver: (batch) => void events.push(...batch.events),
  });
  await subscription.caughtUp;
  await subscription.close();
  const records: ReceivedRecord[] = [];
  for (const topic of ownTopics) {
    for await (const record of world.bus.browse(topic)) records.push(record);
  }
  return { events, records };
};

/** Reads the data folder of a product that does not run. */
export const everythingIn = (data: string): Promise<Everything> => withWorldIn(data, everythingOf);

/** Publishes into the data folder of a product that does not run, as whoever has the bus may. */
export const publishInto = (data: string, records: readonly OutgoingRecord[]): Promise<void> =>
  withWorldIn(data, ({ bus }) => bus.publish(records));

interface World {
  readonly store: EventStore;
  readonly bus: Bus;
}

const withWorldIn = async <Answer>(
  data: string,
  use: (world: World) => Promise<Answer>,
): Promise<Answer> => {
  const file = openFile({
    path: join(data, 'store.sqlite'),
    modules: [eventStoreWriter, busWriter],
    synchronous: 'FULL',
  });
  const store = embeddedStore(file);
  const bus = embeddedBus(file);
  try {
    return await use({ store, bus });
  } finally {
    await bus.close();
    await store.close();
    await file.close();
  }
};
