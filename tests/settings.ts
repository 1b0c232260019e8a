import { kinds, setting, settingsFrom } from '@countersign/configuration';
import { eventStoreUrlKind } from '@countersign/hosting';

/** What the suites are told from outside; the table in docs/settings.md is drawn from it. */
export const testSettingsTable = {
  faultsSeed: setting({
    name: 'FAULTS_SEED',
    description:
      'Chooses the points at which processes are killed, and what is halted; the date when not set',
    parse: kinds.text,
    optional: true,
  }),
  eventStoreUrl: setting({
    name: 'EVENTSTORE_URL',
    description: 'A store that runs already: it has to keep what the store conformance suite asks',
    parse: eventStoreUrlKind,
    optional: true,
  }),
};

/** @throws ConfigurationError every bad setting at once */
export const settingsOfTests = () => settingsFrom(process.env, testSettingsTable);
