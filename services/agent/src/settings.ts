import type { Credentials, ToolCaller } from '@countersign/tools';
import type { Signer } from '@countersign/trust';
import type { AnswersInProcess } from './adapters/model.js';

export interface AgentSettings {
  readonly port: number;
  /** An OpenAI-compatible endpoint, or what answers in its place in this process. */
  readonly model: ModelEndpoint | { readonly id: string; readonly answer: AnswersInProcess };
  /** Base URL of each outside system that is read, by its name in the tool manifests. */
  readonly targets: Readonly<Record<string, string>>;
  /** Secrets to read with, by credential name. Give the agent no other: it could never use it. */
  readonly credentials: Credentials;
  /** The agent's private key: what it signs, it proposed. */
  readonly signer: Signer;
  /** Runs, and so calls to the model, in flight at once; 32 unless said. */
  readonly workers?: number;
  /** How long a worker holds a run without a sign of life, in milliseconds; 60 000 unless said. */
  readonly leaseMs?: number;
  /** How long calls that run may go on when the service stops, in milliseconds; 5 000 unless said. */
  readonly graceMs?: number;
  /** Takes the place of HTTP calls to `targets`, for tests and measurements. */
  readonly toolCaller?: ToolCaller;
}

export interface ModelEndpoint {
  /** Up to and including `/v1`. */
  readonly baseURL: string;
  readonly apiKey: string;
  /** Id of the model as the endpoint knows it. */
  readonly id: string;
}
