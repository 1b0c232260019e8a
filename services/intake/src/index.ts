export { startIntake } from './intake.module.js';
export type { IntakeSettings } from './settings.js';
export type { Source } from './adapters/sources.js';
