import type { Credentials, ToolCaller } from '@countersign/tools';
import type { TrustedKeys } from '@countersign/trust';

export interface ExecutorSettings {
  readonly port: number;
  /** Public keys of the deployment; whatever another key has signed is not believed. */
  readonly trustedKeys: TrustedKeys;
  /** Base URL of each outside system, by the name that manifests use. */
  readonly targets: Readonly<Record<string, string>>;
  /** Secrets by credential name. The only place in the product that holds one that writes. */
  readonly credentials: Credentials;
  /** Makes the calls instead of HTTP to `targets`, e.g. to systems in the same process. */
  readonly toolCaller?: ToolCaller | undefined;
  /** Calls at once; 32 unless said. */
  readonly workers?: number | undefined;
  /** How long a claim keeps others away, in milliseconds; 30 000 unless said. */
  readonly leaseMs?: number | undefined;
  /** How long one call may take, in milliseconds; always within the lease. 10 000 unless said. */
  readonly callTimeoutMs?: number | undefined;
  /** Until when a claim is taken again without an answer, in milliseconds; 15 minutes unless said. */
  readonly patienceMs?: number | undefined;
}

export const workersUnlessSaid = 32;
export const callTimeoutMsUnlessSaid = 10_000;
/** Below it, clocks and the store's own time would eat the lease. */
export const leaseMsMin = 100;
