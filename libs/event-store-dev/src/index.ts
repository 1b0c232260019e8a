export * from './cannot-start.js';
export type { FaultSettings } from './faults.js';
export {
  startEventStoreDev,
  type EventStoreDev,
  type EventStoreDevOptions,
  type Tls,
} from './server.js';
export { eventStoreDevSettingsTable } from './settings.js';
