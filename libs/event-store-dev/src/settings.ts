import { kinds, setting } from '@countersign/configuration';

/** The settings of the development event store as a process of its own. */
export const eventStoreDevSettingsTable = {
  port: setting({
    name: 'EVENTSTORE_PORT',
    description: 'Where the development event store answers; loopback only',
    parse: kinds.port,
    default: 2113,
  }),
  controlPort: setting({
    name: 'EVENTSTORE_CONTROL_PORT',
    description: 'Where faults of the development event store are shown and set; loopback only',
    parse: kinds.port,
    default: 2114,
  }),
  certificate: setting({
    name: 'EVENTSTORE_CERTIFICATE',
    description: 'PEM file; with EVENTSTORE_KEY, the store speaks TLS and asks for passwords',
    parse: kinds.path,
    optional: true,
  }),
  key: setting({
    name: 'EVENTSTORE_KEY',
    description: 'PEM file with the private key of EVENTSTORE_CERTIFICATE',
    parse: kinds.path,
    optional: true,
  }),
  password: setting({
    name: 'EVENTSTORE_PASSWORD',
    description: 'Of the users `admin` and `ops`, asked for over TLS; `changeit` when not set',
    parse: kinds.secret,
    optional: true,
  }),
  data: setting({
    name: 'COUNTERSIGN_DATA',
    description: 'Folder in which the development event store keeps its file',
    parse: kinds.path,
    default: './data',
  }),
};
