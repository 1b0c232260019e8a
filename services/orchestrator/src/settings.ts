export interface OrchestratorSettings {
  readonly port: number;
  /** Folder of workflows and what they refer to. */
  readonly config: string;
}
