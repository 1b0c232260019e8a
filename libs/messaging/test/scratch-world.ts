import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import {
  embeddedStore,
  eventStoreWriter,
  StoreUnavailable,
  type EventStore,
} from '@countersign/event-store';
import { openFile } from '@countersign/group-commit';
import type { Log } from '@countersign/telemetry';
import { settableClock } from '@countersign/time';
import { busWriter } from '../src/embedded/bus-writer.js';
import { embeddedBus } from '../src/embedded/embedded-bus.js';
import { BusUnavailable, type Bus } from '../src/port.js';
import type { Waits } from '../src/waits.js';

export const start = '2026-01-05T09:00:00.000Z';

/** What a test can take away and give back. */
export interface Outages {
  store: boolean;
  /** Topics to which nothing can be published. */
  publish: (topic: string) => boolean;
}

export interface ScratchWorld {
  readonly folder: string;
  readonly bus: Bus;
  readonly store: EventStore;
  readonly clock: ReturnType<typeof settableClock>;
  readonly log: Log & { readonly lines: readonly string[] };
  readonly waits: Waits;
  readonly outages: Outages;
  close(): Promise<void>;
}

/** Twentieth part of the real pauses, without jitter. */
export const quickWaits: Waits = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms / 20);
    return () => clearTimeout(timer);
  },
  random: () => 0.5,
};

/** A bus and a store on one file, both of which can be taken away. */
export const scratchWorld = (parent: string, at?: string): ScratchWorld => {
  const folder = at ?? mkdtempSync(join(parent, 'world-'));
  const file = openFile({
    path: join(folder, 'world.db'),
    modules: [eventStoreWriter, busWriter],
    synchronous: 'OFF',
  });
  const outages: Outages = { store: false, publish: () => false };
  const bus = embeddedBus(file);
  const store = embeddedStore(file);
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  return {
    folder,
    bus: {
      ...bus,
      publish: async (records) => {
        if (records.some(({ topic }) => outages.publish(topic))) throw new BusUnavailable('away');
        return bus.publish(records);
      },
    },
    store: {
      ...store,
      append: async (...args) => {
        if (outages.store) throw new StoreUnavailable('away');
        return store.append(...args);
      },
      read: async (...args) => {
        if (outages.store) throw new StoreUnavailable('away');
        return store.read(...args);
      },
    },
    clock: settableClock(start),
    log: { lines, debug: write, info: write, warn: write, error: write },
    waits: quickWaits,
    outages,
    close: async () => {
      await bus.close();
      await store.close();
      await file.close();
    },
  };
};

export const until = async (
  holds: () => boolean | Promise<boolean>,
  what: string,
  patienceMs = 5_000,
) => {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > patienceMs) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
