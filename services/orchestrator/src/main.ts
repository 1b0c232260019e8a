import { runService } from '@countersign/hosting';
import { readDefinitions } from './definitions/read-definitions.js';
import { orchestratorSettingsTable } from './main-settings.js';
import { startOrchestrator } from './orchestrator.module.js';

await runService({
  service: 'orchestrator',
  env: process.env,
  table: orchestratorSettingsTable,
  // It reads them again when it starts; here they only have to be without a fault.
  read: ({ config }) => void readDefinitions(config),
  start: (world, { port, config }) => startOrchestrator(world, { port, config }),
});
