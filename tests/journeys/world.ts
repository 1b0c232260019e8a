import type { Settings } from '@countersign/cli';
import type { EventStore } from '@countersign/event-store';
import type { Bus } from '@countersign/messaging';
import type { ProductAddresses } from '../../apps/countersign/src/host/start-product.js';
import type { OverHttp } from './over-http.js';
import { startRunningProduct } from './running-product.js';

/** A product in one of the two worlds: what a journey may know of it. */
export interface ProductInAnyWorld extends OverHttp {
  readonly addresses: ProductAddresses;
  /** What carries and keeps everything, as its operators may reach it. */
  readonly backbone: { readonly bus: Bus; readonly store: EventStore };
  /** Its own folder of configuration, read at every start. */
  readonly config: string;
  /** By its clock. */
  now(): string;
  /** Lets time pass until an instant, and a moment more for what comes due then. */
  passUntil(instant: string): Promise<void>;
  /** Stops its services, lets time pass, does what is said, and starts them again. */
  restart(how?: { readonly until?: string; readonly meanwhile?: () => void }): Promise<void>;
  /** While it is stopped. */
  throwViewsAway(): void;
  stop(): Promise<void>;
}

type Start = (given?: Partial<Settings>) => Promise<ProductInAnyWorld>;

let start: Start = startRunningProduct;

/** In which world the journeys that are imported from now on take place. */
export const playIn = (other: Start): void => {
  start = other;
};

/** A product in the world that this run is about: in one process unless said. */
export const startInWorld: Start = (given) => start(given);
