export { startIntake } from './intake.module.js';
export type { IntakeSettings } from './settings.js';
export type { Source } from './adapters/sources.js';
export { intakeSettingsTable } from './main-settings.js';
export { readSources } from './adapters/read-sources.js';
