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
  read: ({ signingKey, trust, config }) => ({
    signer: readSignerFile(signingKey),
    trustedKeys: readTrustFile(trust),
    stages: readSignOffs(config),
  }),
  start: (world, settings, files) => {
    const { devIssuerUrl: url, sessionSecret: secret, publicScheme } = settings;
    return startApprovals(world, {
      port: settings.port,
      ...files,
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
      pages: { https: publicScheme === 'https', secret },
    });
  },
});
