import { kinds, setting } from '@countersign/configuration';
import { serviceSettings, targetSettings, trustSetting, viewsSetting } from '@countersign/hosting';

/** Settings of the executor as a process of its own: the only one with a credential that writes. */
export const executorSettingsTable = {
  ...serviceSettings('executor', 8084),
  viewsFolder: viewsSetting('executor'),
  trust: trustSetting,
  ...targetSettings,
  crmWriteKey: setting({
    name: 'CRM_WRITE_KEY',
    description: 'Write credential for CRM_URL; nobody else has it',
    parse: kinds.secret,
  }),
  leaseMs: setting({
    name: 'EXECUTOR_LEASE',
    description: 'How long a claimed execution may be silent before it is claimed again',
    parse: kinds.duration,
    default: 30_000,
  }),
};
