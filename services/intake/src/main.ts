import { runService } from '@countersign/hosting';
import { readSources } from './adapters/read-sources.js';
import { startIntake } from './intake.module.js';
import { intakeSettingsTable } from './main-settings.js';

await runService({
  service: 'intake',
  env: process.env,
  table: intakeSettingsTable,
  sourceNames: ({ config }) => readSources(config).map(({ name }) => name),
  start: (world, { port, config }) => startIntake(world, { port, sources: readSources(config) }),
});
