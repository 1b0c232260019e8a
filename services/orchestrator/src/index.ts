export { startOrchestrator } from './orchestrator.module.js';
export type { OrchestratorSettings } from './settings.js';
export { orchestratorSettingsTable } from './main-settings.js';
