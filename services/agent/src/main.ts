import { runService } from '@countersign/hosting';
import { readSignerFile } from '@countersign/trust';
import { startAgent } from './agent.module.js';
import { agentSettingsTable } from './main-settings.js';

/** Endpoints that need no key still want the header. */
const noKey = 'none';

await runService({
  service: 'agent',
  env: process.env,
  table: agentSettingsTable,
  read: ({ signingKey }) => readSignerFile(signingKey),
  start: (world, settings, signer) =>
    startAgent(world, {
      port: settings.port,
      model: {
        baseURL: settings.modelBaseUrl,
        apiKey: settings.modelKey ?? noKey,
        id: settings.modelId,
      },
      targets: { crm: settings.crmUrl },
      credentials: { 'crm-read': settings.crmReadKey },
      signer,
      leaseMs: settings.leaseMs,
    }),
});
