import { kinds, setting } from '@countersign/configuration';
import {
  configSetting,
  serviceSettings,
  signingKeySetting,
  targetSettings,
  trustSetting,
  viewsSetting,
} from '@countersign/hosting';

const door = (name: string, port: number, service: string) =>
  setting({
    name,
    description: `Where ${service} answers, for the front door`,
    parse: kinds.url,
    default: `http://127.0.0.1:${port}`,
  });

/** Settings of approvals as a process of its own. */
export const approvalsSettingsTable = {
  ...serviceSettings('approvals', 8080),
  config: configSetting('Folder with `stages.yaml` and `tools`: how far each tool may go'),
  viewsFolder: viewsSetting('approvals'),
  signingKey: signingKeySetting('approvals'),
  trust: trustSetting,
  ...targetSettings,
  intakeUrl: door('INTAKE_URL', 8081, 'intake'),
  orchestratorUrl: door('ORCHESTRATOR_URL', 8082, 'the orchestrator'),
  agentUrl: door('AGENT_URL', 8083, 'the agent'),
  executorUrl: door('EXECUTOR_URL', 8084, 'the executor'),
  devIssuerUrl: setting({
    name: 'DEV_ISSUER_URL',
    description: 'The development issuer; where it is set, people sign in to the pages by persona',
    parse: kinds.url,
    optional: true,
  }),
  publicScheme: setting({
    name: 'PUBLIC_SCHEME',
    description: 'How browsers reach the pages; with https the session cookie is bound to it',
    parse: kinds.oneOf('http', 'https'),
    default: 'http',
  }),
  sessionSecret: setting({
    name: 'SESSION_SECRET',
    description:
      'At least 64 hex digits, equal for all instances; made at each start when not set, which signs everybody out',
    parse: kinds.secret,
    optional: true,
  }),
};
