import type { Signer, TrustedKeys } from '@countersign/trust';
import type { ToolCaller } from '@countersign/tools';
import type { SignOff } from './domain/stages.js';

/** What the host gives to approvals; plain data and ports, nothing read from the surroundings. */
export interface ApprovalsSettings {
  /** 0 for any free one. */
  readonly port: number;
  /** Signs decisions, and the proposals that people write. */
  readonly signer: Signer;
  readonly trustedKeys: TrustedKeys;
  /** Where the other services' HTTP doors are, for the front door. */
  readonly services: Readonly<Record<FrontedService, string>>;
  /** The development issuer, when people may sign in by persona. */
  readonly issuer?: DevelopmentIssuer | undefined;
  /** Reads targets when a person proposes; holds read credentials only. */
  readonly readTarget: ToolCaller;
  /** Sign-offs of this deployment, recorded at its first start. */
  readonly stages: readonly SignOff[];
  /** How browsers reach the pages. */
  readonly pages?: PageSettings | undefined;
  /** Told after a request for approval was recorded; for a bench with a scripted approver. */
  readonly onPending?: ((pending: Pending) => void) | undefined;
}

export const frontedServices = ['intake', 'orchestrator', 'agent', 'executor'] as const;
export type FrontedService = (typeof frontedServices)[number];

export interface DevelopmentIssuer {
  readonly url: string;
  readonly personas: readonly Persona[];
}
/** Somebody to sign in as, where no real directory is. */
export interface Persona {
  /** What the issuer is asked for. */
  readonly as: string;
  /** What that person may do, in words. */
  readonly title: string;
}

export interface PageSettings {
  /** Whether browsers come by https; then the cookie is bound to it. */
  readonly https: boolean;
  /** At least 64 hex digits, equal for all replicas; made at each start unless given. */
  readonly secret?: string | undefined;
}

export interface Pending {
  readonly proposalId: string;
  readonly digest: string;
  readonly caseId: string;
}
