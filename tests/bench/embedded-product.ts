// The product under measurement: one process, embedded world, model and CRM bound in process.
import { join } from 'node:path';
import { settingsTable, startProduct } from '@countersign/cli';
import { settingsFrom } from '@countersign/configuration';
import { tellEnded, tellPending, tellReady } from './tell-driver.ts';

const data = process.argv[2]!;
const product = await startProduct({
  settings: {
    ...settingsFrom({}, settingsTable),
    data,
    config: join(import.meta.dirname, '../../config'),
    ...Object.fromEntries(
      ['approvals', 'intake', 'orchestrator', 'agent', 'executor', 'crm', 'model', 'issuer'].map(
        (name) => [`${name}Port`, 0],
      ),
    ),
  },
  inProcess: true,
  onPending: tellPending,
});
const outcomes = product.worlds.store.subscribe({
  prefixes: ['intake-'],
  deliver: ({ events }) => {
    for (const { type, metadata } of events) {
      if (type === 'OutcomeRecorded') tellEnded((metadata as { caseId: string }).caseId);
    }
  },
});
await outcomes.caughtUp;
tellReady({ addresses: product.addresses, pids: { product: process.pid } }, product.stop);
