export { startAgent } from './agent.module.js';
export type { AgentSettings, ModelEndpoint } from './settings.js';
export type { AnswersInProcess, CompletionRequest } from './adapters/model.js';
export { abstainName, modelReasons, refusalText } from './domain/prompt.js';
export { flagNames, type Flag } from './domain/flags.js';
export { agentSettingsTable } from './main-settings.js';
