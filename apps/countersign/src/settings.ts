import { brokersKind, eventStoreUrlKind, failpointsSetting } from '@countersign/hosting';
import { kinds, setting, settingsFrom, type SettingsOf } from '@countersign/configuration';

const port = (name: string, value: number, description: string) =>
  setting({ name, description, parse: kinds.port, default: value });

/** Every setting there is; the table in docs/settings.md is drawn from it. */
export const settingsTable = {
  data: setting({
    name: 'COUNTERSIGN_DATA',
    description: 'Folder of the store, the keys, the views and the logs',
    parse: kinds.path,
    default: './data',
  }),
  config: setting({
    name: 'COUNTERSIGN_CONFIG',
    description: 'Folder of workflows, tools, profiles, queues, sources and sign-offs',
    parse: kinds.path,
    default: './config',
  }),
  logLevel: setting({
    name: 'LOG_LEVEL',
    description: 'The least that is written to the log files',
    parse: kinds.oneOf('debug', 'info', 'warn', 'error'),
    default: 'info',
  }),
  approvalsPort: port('APPROVALS_PORT', 8080, 'The front door: pages, approvals and all read APIs'),
  intakePort: port('INTAKE_PORT', 8081, 'Where upstream publishes'),
  orchestratorPort: port('ORCHESTRATOR_PORT', 8082, 'Cases and timelines'),
  agentPort: port('AGENT_PORT', 8083, 'Traces of agent runs'),
  executorPort: port('EXECUTOR_PORT', 8084, 'Standing of executions'),
  crmPort: port('DEMO_CRM_PORT', 8090, 'The demo CRM, unless CRM_URL names another'),
  modelPort: port(
    'SCRIPTED_MODEL_PORT',
    8091,
    'The scripted model, unless MODEL_BASE_URL names another',
  ),
  issuerPort: port('DEV_ISSUER_PORT', 8092, 'The development issuer of tokens; loopback only'),
  modelBaseUrl: setting({
    name: 'MODEL_BASE_URL',
    description: 'An OpenAI-compatible endpoint; the scripted model when not set',
    parse: kinds.url,
    optional: true,
  }),
  modelKey: setting({
    name: 'MODEL_API_KEY',
    description: 'Key for MODEL_BASE_URL',
    parse: kinds.secret,
    optional: true,
  }),
  modelId: setting({
    name: 'MODEL_ID',
    description: 'Model asked of MODEL_BASE_URL',
    parse: kinds.text,
    default: 'scripted-1',
  }),
  crmUrl: setting({
    name: 'CRM_URL',
    description: 'The target system that tools call `crm`; the demo CRM when not set',
    parse: kinds.url,
    optional: true,
  }),
  crmReadKey: setting({
    name: 'CRM_READ_KEY',
    description: 'Read credential for CRM_URL, for agent and approvals',
    parse: kinds.secret,
    optional: true,
  }),
  crmWriteKey: setting({
    name: 'CRM_WRITE_KEY',
    description: 'Write credential for CRM_URL; given to the executor alone',
    parse: kinds.secret,
    optional: true,
  }),
  agentLeaseMs: setting({
    name: 'AGENT_LEASE',
    description: 'How long a claimed agent run may be silent before it is claimed again',
    parse: kinds.duration,
    default: 60_000,
  }),
  executorLeaseMs: setting({
    name: 'EXECUTOR_LEASE',
    description: 'How long a claimed execution may be silent before it is claimed again',
    parse: kinds.duration,
    default: 30_000,
  }),
  kafkaBrokers: setting({
    name: 'KAFKA_BROKERS',
    description: 'A Kafka that runs already, for `start-services`; one of its own when not set',
    parse: brokersKind,
    optional: true,
  }),
  eventStoreUrl: setting({
    name: 'EVENTSTORE_URL',
    description:
      'An event store that runs already, for `start-services`; the development store when not set',
    parse: eventStoreUrlKind,
    optional: true,
  }),
  kafkaPort: port('KAFKA_PORT', 9092, 'Kafka of `start-services`, unless KAFKA_BROKERS names one'),
  eventStorePort: port(
    'EVENTSTORE_PORT',
    2113,
    'The development store of `start-services`, unless EVENTSTORE_URL names one',
  ),
  eventStoreControlPort: port(
    'EVENTSTORE_CONTROL_PORT',
    2114,
    'Where faults of that development store are shown and caused',
  ),
  failpoints: failpointsSetting,
};

/** What the host or a command is told; nothing else in this package looks at the environment. */
export type Settings = SettingsOf<typeof settingsTable>;

/** @throws ConfigurationError every bad setting at once */
export const settingsOfProcess = (): Settings => settingsFrom(process.env, settingsTable);

/**
 * Takes the secrets that have been read out of the environment: what is started from here inherits the
 * rest of it, a broker of others and its downloads included.
 */
export const keepSecretsHere = (): void => {
  for (const { name, parse } of Object.values(settingsTable)) {
    if (parse.secret) delete process.env[name];
  }
};

/** Where programs are found, for processes that are started from here. */
export const programsPath = (): string => process.env.PATH ?? '';
