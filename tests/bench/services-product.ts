// The product under measurement: five processes over a real Kafka and the development store. This
// process only keeps them, and holds model, CRM and issuer: it is counted as what is outside.
import { join } from 'node:path';
import { settingsTable, startServicesProduct } from '@countersign/cli';
import { settingsFrom } from '@countersign/configuration';
import { eventStoreDb } from '@countersign/event-store';
import { tellEnded, tellPending, tellReady } from './tell-driver.ts';

const data = process.argv[2]!;
const freePorts = Object.fromEntries(
  Object.values(settingsTable)
    .filter(({ parse }) => parse.label === 'port')
    .map(({ name }) => [name, '0']),
);
const product = await startServicesProduct({
  settings: {
    ...settingsFrom(freePorts, settingsTable),
    data,
    config: join(import.meta.dirname, '../../config'),
  },
  onNews: (part, news) => {
    if (news.kind === 'ended' || news.kind === 'said') console.error(part, JSON.stringify(news));
  },
});

interface Requested {
  readonly proposal: { readonly proposalId: string; readonly digest: string };
}
const store = eventStoreDb({ url: product.eventStoreUrl });
const outcomes = store.subscribe({
  prefixes: ['intake-', 'approval-'],
  deliver: ({ events }) => {
    for (const { type, data: said, metadata } of events) {
      const { caseId } = metadata as { caseId: string };
      if (type === 'OutcomeRecorded') tellEnded(caseId);
      if (type === 'ApprovalRequested') {
        const { proposalId, digest } = (said as Requested).proposal;
        tellPending({ proposalId, digest, caseId });
      }
    }
  },
});
await outcomes.caughtUp;

const services = [...product.processes].map(([name, { pid }]) => [name, pid!]);
tellReady(
  {
    addresses: product.addresses,
    pids: {
      ...Object.fromEntries(services),
      kafka: product.broker!.kafka.pid!,
      outside: process.pid,
    },
  },
  async () => {
    await store.close();
    await product.stop();
  },
);
