import type { Service } from '@countersign/contracts';
import { startLease, type Lease } from '@countersign/event-store';
import type { World } from './world.js';

/** Leave to relay and to keep alarms; undefined for a service that runs in one process only. */
export const leaseOf = (service: Service, world: World): Lease | undefined => {
  const { store, clock, log, replica } = world;
  return replica === undefined
    ? undefined
    : startLease({ store, name: service, holder: replica, clock, log });
};
