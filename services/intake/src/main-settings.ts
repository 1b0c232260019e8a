import { configSetting, serviceSettings } from '@countersign/hosting';

/** Settings of intake as a process of its own. */
export const intakeSettingsTable = {
  ...serviceSettings('intake', 8081),
  config: configSetting('Folder with `sources.yaml`: who may send what'),
};
