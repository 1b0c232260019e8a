export { startOrchestrator } from './orchestrator.module.js';
export type { OrchestratorSettings } from './settings.js';
