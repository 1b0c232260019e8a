import { kinds, setting } from '@countersign/configuration';
import {
  serviceSettings,
  signingKeySetting,
  targetSettings,
  viewsSetting,
} from '@countersign/hosting';

/** Settings of the agent as a process of its own. There is none for a credential that writes. */
export const agentSettingsTable = {
  ...serviceSettings('agent', 8083),
  viewsFolder: viewsSetting('agent'),
  signingKey: signingKeySetting('agent'),
  ...targetSettings,
  modelBaseUrl: setting({
    name: 'MODEL_BASE_URL',
    description: 'An OpenAI-compatible endpoint, up to and including `/v1`',
    parse: kinds.url,
    default: 'http://127.0.0.1:8091/v1',
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
  leaseMs: setting({
    name: 'AGENT_LEASE',
    description: 'How long a claimed agent run may be silent before it is claimed again',
    parse: kinds.duration,
    default: 60_000,
  }),
};
