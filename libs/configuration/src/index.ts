export { ConfigurationError } from './configuration-error.js';
export {
  openConfigFile,
  readConfigFile,
  readConfigFolder,
  type ConfigFile,
} from './config-file.js';
export * as kinds from './setting-kinds.js';
export type { SettingKind } from './setting-kinds.js';
export {
  printableSettings,
  setting,
  settingsFrom,
  settingsTable,
  type Setting,
  type SettingsOf,
} from './settings.js';
export { withoutCredentials } from './without-credentials.js';
