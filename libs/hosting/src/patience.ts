import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore } from '@countersign/event-store';
import { causeOf, isInfrastructure, type Bus } from '@countersign/messaging';
import type { Log } from '@countersign/telemetry';

/** How long a service that starts waits for store and bus: until it has started, or is stopped. */
export interface Patience {
  /** Whether it has started: from then on failures are its own to deal with. */
  readonly over: boolean;
  /** Aborted when it is stopped before. */
  readonly stopped: AbortSignal;
  readonly log: Log;
}

const pauseMinMs = 100;
const pauseMaxMs = 1_000;

const patiently = async <Answer>(
  { over, stopped, log }: Patience,
  ask: () => Promise<Answer>,
): Promise<Answer> => {
  if (over) return ask();
  for (let pauseMs = pauseMinMs; ; pauseMs = Math.min(2 * pauseMs, pauseMaxMs)) {
    try {
      return await ask();
    } catch (error) {
      if (!isInfrastructure(error)) throw error;
      log.info('starting, and waiting', { cause: causeOf(error).text });
    }
    await sleep(pauseMs, undefined, { signal: stopped });
  }
};

/**
 * A store that is asked again while it is away, as long as the service starts. An append is repeated
 * as it was, which is what an append of unknown outcome asks for.
 */
export const patientStore = (store: EventStore, patience: Patience): EventStore => ({
  append: (...given) => patiently(patience, () => store.append(...given)),
  read: (...given) => patiently(patience, () => store.read(...given)),
  limitStream: (...given) => patiently(patience, () => store.limitStream(...given)),
  subscribe: (options) => store.subscribe(options),
  comparePositions: (a, b) => store.comparePositions(a, b),
  close: () => store.close(),
});

/** A bus whose group is joined as soon as that is possible, as long as the service starts. */
export const patientBus = (bus: Bus, patience: Patience): Bus => ({
  publish: (records) => bus.publish(records),
  consume: (options) => patiently(patience, () => bus.consume(options)),
  browse: (topic, filter) => bus.browse(topic, filter),
  close: () => bus.close(),
});
