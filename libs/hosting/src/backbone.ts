import { ConfigurationError } from '@countersign/configuration';
import { eventStoreDb, type EventStore, type EventStoreDb } from '@countersign/event-store';
import type { ReadinessCheck } from '@countersign/http';
import { kafkaBus, type KafkaBus } from '@countersign/messaging';
import type { Log } from '@countersign/telemetry';

/** Bus and store as servers elsewhere. */
export interface Backbone {
  readonly store: EventStore;
  readonly bus: KafkaBus;
  /** Whether each of them answers. */
  readonly reaches: readonly ReadinessCheck[];
  /** Resolves with the reason when the bus will not come back; only a new process helps. */
  readonly lost: Promise<string>;
}

export interface BackboneSettings {
  readonly kafkaBrokers: string;
  readonly eventStoreUrl: string;
}

/**
 * Waits for nothing: what is asked of one that is away fails after a while, or is told when it is
 * back.
 * @param clientId shown in the broker's log
 * @throws ConfigurationError no client understands the store's address
 */
export const openBackbone = (
  { kafkaBrokers, eventStoreUrl }: BackboneSettings,
  clientId: string,
  log: Log,
): Backbone => {
  const store = eventStoreAt(eventStoreUrl, log);
  const lost = Promise.withResolvers<string>();
  const brokers = kafkaBrokers.split(',');
  const bus = kafkaBus({ brokers, clientId, log, onLost: lost.resolve });
  return {
    store,
    bus,
    reaches: [
      { name: 'store', check: () => store.state === 'up' },
      { name: 'kafka', check: () => bus.state.name === 'ready' },
    ],
    lost: lost.promise,
  };
};

/** @throws ConfigurationError no client understands the address: more than the setting looks at */
export const eventStoreAt = (url: string, log?: Log): EventStoreDb => {
  try {
    return eventStoreDb({ url, ...(log && { log }) });
  } catch (error) {
    throw new ConfigurationError([`EVENTSTORE_URL: ${(error as Error).message}`]);
  }
};
