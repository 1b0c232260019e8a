import { runService } from '@countersign/hosting';
import { httpToolCaller } from '@countersign/tools';
import { readSignerFile, readTrustFile } from '@countersign/trust';
import { startApprovals } from './approvals.module.js';
import { personasOf } from './adapters/personas.js';
import { readSignOffs } from './adapters/read-sign-offs.js';
import { approvalsSettingsTable } from './main-settings.js';

await runService({
  service: 'approvals',
  env: process.env,
  table: approvalsSettingsTable,
  start: async (world, settings) => {
    const { devIssuerUrl: url, sessionSecret: secret, publicScheme } = settings;
    return startApprovals(world, {
      port: settings.port,
      signer: readSignerFile(settings.signingKey),
      trustedKeys: readTrustFile(settings.trust),
      services: {
        intake: settings.intakeUrl,
        orchestrator: settings.orchestratorUrl,
        agent: settings.agentUrl,
        executor: settings.executorUrl,
      },
      issuer: url === undefined ? undefined : { url, personas: personasOf(url, world.log) },
      readTarget: httpToolCaller({
        targets: { crm: settings.crmUrl },
        credentials: { 'crm-read': settings.crmReadKey },
      }),
      stages: readSignOffs(settings.config),
      pages: { https: publicScheme === 'https', secret },
    });
  },
});
