import { failpointsFrom } from '@countersign/failpoints';
import { kinds, setting, withoutCredentials } from '@countersign/configuration';
import type { Service } from '@countersign/contracts';

const text = (parse: (given: string) => string | undefined, mustBe: string) => ({
  ...kinds.text,
  parse: (given: string) => {
    const value = parse(given);
    if (value === undefined) throw new Error(mustBe);
    return value;
  },
});

/** Brokers, as `host:port` with commas between them. */
export const brokersKind = {
  ...text(
    (given) => (/^[\w.-]+:\d{1,5}(,[\w.-]+:\d{1,5})*$/.test(given) ? given : undefined),
    'host:port, several with commas between them',
  ),
  label: 'host:port,…',
};

/** A connection string, as EventStoreDB's clients read it; its user and password are not shown. */
export const eventStoreUrlKind = {
  ...text(
    (given) => (/^(esdb|kurrentdb)(\+discover)?:\/\/\S+$/.test(given) ? given : undefined),
    'an address such as esdb://127.0.0.1:2113?tls=false',
  ),
  print: withoutCredentials,
  label: 'esdb url',
};

/** Checked when the settings are read, not when a point is reached. */
const faultsKind = text((given) => {
  try {
    failpointsFrom(given, () => undefined);
    return given;
  } catch {
    return undefined;
  }
}, 'point=kill@n, point=throw@n or point=delay:ms@n, with commas between them');

/** Where the bus and the store are; the same for every process of a deployment. */
export const backboneSettings = {
  kafkaBrokers: setting({
    name: 'KAFKA_BROKERS',
    description: 'Kafka, one broker or several',
    parse: brokersKind,
    default: '127.0.0.1:9092',
  }),
  eventStoreUrl: setting({
    name: 'EVENTSTORE_URL',
    description: 'EventStoreDB, KurrentDB or the development store',
    parse: eventStoreUrlKind,
    default: 'esdb://127.0.0.1:2113?tls=false',
  }),
};

export const failpointsSetting = setting({
  name: 'FAILPOINTS',
  description:
    'Faults to cause, for tests: `point=kill@n`, `point=kill:ms@n`, `point=throw@n`, `point=delay:ms@n`, each also with ` when /file`',
  parse: faultsKind,
  default: '',
});

export const logLevelSetting = setting({
  name: 'LOG_LEVEL',
  description: 'The least that is written to the log',
  parse: kinds.oneOf('debug', 'info', 'warn', 'error'),
  default: 'info',
});

/**
 * Settings of every service that runs as a process of its own.
 * @param port its usual port, by the setting `{SERVICE}_PORT`
 */
export const serviceSettings = (service: Service, port: number) => ({
  instance: setting({
    name: 'INSTANCE',
    description: 'Name of this process, different for each one of a service; its log file bears it',
    parse: kinds.text,
    default: service as string,
  }),
  host: setting({
    name: 'LISTEN_HOST',
    description: 'Address that the door is bound to; `0.0.0.0` in a container',
    parse: kinds.text,
    default: '127.0.0.1',
  }),
  port: setting({
    name: `${service.toUpperCase()}_PORT`,
    description: 'Port of the door; 0 for any free one',
    parse: kinds.port,
    default: port,
  }),
  ...backboneSettings,
  subjectKeys: setting({
    name: 'SUBJECT_KEYS_FILE',
    description: 'Keys of the data subjects, one SQLite file that all services share',
    parse: kinds.path,
    default: './data/subject-keys.sqlite',
  }),
  tokenIssuer: setting({
    name: 'TOKEN_ISSUER',
    description: 'Who issues the tokens of callers, as their `iss` says it',
    parse: kinds.url,
    default: 'http://127.0.0.1:8092',
  }),
  tokenKeysUrl: setting({
    name: 'TOKEN_KEYS_URL',
    description: "The issuer's key set; `/jwks` of TOKEN_ISSUER when not set",
    parse: kinds.url,
    optional: true,
  }),
  tokenAudience: setting({
    name: 'TOKEN_AUDIENCE',
    description: 'Whom the tokens must be meant for',
    parse: kinds.text,
    default: 'countersign',
  }),
  logFolder: setting({
    name: 'LOG_FOLDER',
    description: 'Folder of the log file; lines go to standard output when not set',
    parse: kinds.path,
    optional: true,
  }),
  logLevel: logLevelSetting,
  failpoints: failpointsSetting,
});

/** For services that keep views. */
export const viewsSetting = (service: Service) =>
  setting({
    name: 'VIEWS_FOLDER',
    description: 'Folder of the views, of each instance its own; rebuilt when it is lost',
    parse: kinds.path,
    default: `./data/services/${service}`,
  });

/** For services that read the files of the deployment. */
export const configSetting = (description: string) =>
  setting({
    name: 'COUNTERSIGN_CONFIG',
    description,
    parse: kinds.path,
    default: './config',
  });

/** For services that sign. */
export const signingKeySetting = (service: Service) =>
  setting({
    name: 'SIGNING_KEY_FILE',
    description: "The service's own private key; nobody else has it",
    parse: kinds.path,
    default: `./data/keys/${service}/signing.jwk`,
  });

/** For services that check signatures. */
export const trustSetting = setting({
  name: 'TRUST_FILE',
  description: 'Public keys of all services, as the deployment gives them',
  parse: kinds.path,
  default: './data/trust.jwks',
});

/** For services that read the target system. */
export const targetSettings = {
  crmUrl: setting({
    name: 'CRM_URL',
    description: 'The target system that tools call `crm`',
    parse: kinds.url,
    default: 'http://127.0.0.1:8090',
  }),
  crmReadKey: setting({
    name: 'CRM_READ_KEY',
    description: 'Read credential for CRM_URL',
    parse: kinds.secret,
  }),
};
