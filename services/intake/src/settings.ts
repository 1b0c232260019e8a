import type { Source } from './adapters/sources.js';

export interface IntakeSettings {
  readonly port: number;
  /** Who may send what. */
  readonly sources: readonly Source[];
}
