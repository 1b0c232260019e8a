import { v5 as uuid } from 'uuid';

const NAMESPACE = 'b6f3c1de-5c1c-5b57-9f0e-6d1f6c0a2f10';

/**
 * The case of one upstream event: UUIDv5(NS, JCS([source, id])).
 * For an array of two strings JSON.stringify is the RFC 8785 form already.
 */
export const caseIdOf = (source: string, id: string): string =>
  uuid(JSON.stringify([source, id]), NAMESPACE);

/** One proposal a request: the first recorded result of a request wins. */
export const proposalIdOf = (requestId: string): string => uuid('proposal', requestId);

/** The key under which a target sees call `call` of a proposal, however often it is made. */
export const idempotencyKeyOf = (proposalId: string, call = 0): string =>
  uuid(String(call), proposalId);

/** The cause of a decision: the same person deciding the same again is the same input. */
export const decisionIdOf = (
  proposalId: string,
  subject: string,
  decision: string,
  digest: string,
): string => uuid(`${subject}\n${decision}\n${digest}`, proposalId);

/** Streams, by what they keep. One service writes each; see `rights.ts`. */
export const streams = {
  intake: (caseId: string) => `intake-${caseId}`,
  case: (caseId: string) => `case-${caseId}`,
  agentRun: (runId: string) => `agent-run-${runId}`,
  approval: (proposalId: string) => `approval-${proposalId}`,
  assist: (requestId: string) => `assist-${requestId}`,
  execution: (proposalId: string) => `execution-${proposalId}`,
  definition: (digest: string) => `definition-${digest}`,
  definitionName: (kind: string, name: string, version: number) =>
    `definition-${kind}-${name}@${version}`,
  relay: (service: string) => `relay-${service}`,
  lease: (name: string) => `lease-${name}`,
  fence: (service: string) => `fence-${service}`,
  stages: 'controls-stages',
  refusals: 'refusals-executor',
} as const;
