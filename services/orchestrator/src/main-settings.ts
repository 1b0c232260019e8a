import { configSetting, serviceSettings, viewsSetting } from '@countersign/hosting';

/** Settings of the orchestrator as a process of its own. */
export const orchestratorSettingsTable = {
  ...serviceSettings('orchestrator', 8082),
  config: configSetting('Folder of workflows and what they refer to'),
  viewsFolder: viewsSetting('orchestrator'),
};
