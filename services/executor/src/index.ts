export { startExecutor } from './executor.module.js';
export type { ExecutorSettings } from './settings.js';
export { checks, type Check, type TargetFacts } from './domain/checks.js';
export { shippedLimits, type ExecutionLimits } from './domain/decide.js';
export { execution } from './domain/execution.js';
export type { ExecutionFact, ExecutionInput, ExecutionState } from './domain/facts.js';
export { executorSettingsTable } from './main-settings.js';
