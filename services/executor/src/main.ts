import { runService } from '@countersign/hosting';
import { readTrustFile } from '@countersign/trust';
import { startExecutor } from './executor.module.js';
import { executorSettingsTable } from './main-settings.js';

await runService({
  service: 'executor',
  env: process.env,
  table: executorSettingsTable,
  read: ({ trust }) => readTrustFile(trust),
  start: (world, settings, trustedKeys) =>
    startExecutor(world, {
      port: settings.port,
      trustedKeys,
      targets: { crm: settings.crmUrl },
      credentials: { 'crm-read': settings.crmReadKey, 'crm-write': settings.crmWriteKey },
      leaseMs: settings.leaseMs,
    }),
});
