import { runService } from '@countersign/hosting';
import { readSources } from './adapters/read-sources.js';
import { startIntake } from './intake.module.js';
import { intakeSettingsTable } from './main-settings.js';

await runService({
  service: 'intake',
  env: process.env,
  table: intakeSettingsTable,
  read: ({ config }) => readSources(config),
  sourceNames: (sources) => sources.map(({ name }) => name),
  start: (world, { port }, sources) => startIntake(world, { port, sources }),
});
