// The product under measurement: one process, embedded world, model and CRM bound in process.
// Tells the driver what becomes pending and what has ended, as an inbox and a topic would.
import { join } from 'node:path';
import { settingsTable, startProduct } from '@countersign/cli';
import { settingsFrom } from '@countersign/configuration';

type Told = { pending: object[] } | { ended: string[] } | { ready: object };

/** One message to the driver an event-loop turn, however much has happened in it. */
const batched = <Item>(wrap: (items: Item[]) => Told) => {
  let batch: Item[] | undefined;
  return (item: Item) => {
    if (batch) return batch.push(item);
    batch = [item];
    return setImmediate(() => {
      const items = batch!;
      batch = undefined;
      process.send?.(wrap(items));
    });
  };
};

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
  onPending: batched<object>((pending) => ({ pending })),
});
const ended = batched<string>((ended) => ({ ended }));
const outcomes = product.worlds.store.subscribe({
  prefixes: ['intake-'],
  deliver: ({ events }) => {
    for (const { type, metadata } of events) {
      if (type === 'OutcomeRecorded') ended((metadata as { caseId: string }).caseId);
    }
  },
});
await outcomes.caughtUp;
process.send?.({ ready: product.addresses });
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message === 'stop') void product.stop().then(() => process.exit(0));
});
