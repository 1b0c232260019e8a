import type { EventStore } from '@countersign/event-store';
import type { Failpoints } from '@countersign/failpoints';
import type { ReadinessCheck, TokenVerifier } from '@countersign/http';
import type { Bus } from '@countersign/messaging';
import type { Log } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import type { Sealer } from '@countersign/trust';
import type { Door } from './door.js';

/** Chance comes in as data (rule 12): salts and nonces. */
export interface Chance {
  /** So many random bytes as hex. */
  hex(bytes: number): string;
}

/** Everything outside that one service may touch; store and bus are bound to its rights. */
export interface World {
  readonly store: EventStore;
  readonly bus: Bus;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /** Checks the bearer tokens of callers. */
  readonly tokens: TokenVerifier;
  /** Where the service keeps its disposable view files. */
  readonly viewsFolder: string;
  /** Name of this process among several that run the same service; none when it is the only one. */
  readonly replica?: string;
  /** Where HTTP answers already, when the host has opened it; otherwise the service listens itself. */
  readonly door?: Door;
  /** What lies outside of this process and must answer for the service to be ready. */
  readonly reaches?: readonly ReadinessCheck[];
}
