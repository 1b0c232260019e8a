import { runService } from '@countersign/hosting';
import { orchestratorSettingsTable } from './main-settings.js';
import { startOrchestrator } from './orchestrator.module.js';

await runService({
  service: 'orchestrator',
  env: process.env,
  table: orchestratorSettingsTable,
  start: (world, { port, config }) => startOrchestrator(world, { port, config }),
});
