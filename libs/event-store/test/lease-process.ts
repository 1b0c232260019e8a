import { mkdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { noFailpoints } from '@countersign/failpoints';
import { silentLog } from '@countersign/telemetry';
import { systemClock } from '@countersign/time';
import { sealer, sqliteSubjectKeys } from '@countersign/trust';
import { startAlarmKeeper } from '../src/alarm-keeper.js';
import { alarmTable } from '../src/alarm-table.js';
import { hashMemory } from '../src/event-hash.js';
import { eventStoreDb } from '../src/eventstoredb/event-store-db.js';
import { handle } from '../src/handle.js';
import type { Input } from '../src/input.js';
import { startLease } from '../src/lease.js';
import { startRelay } from '../src/relay.js';
import { openView } from '../src/view-file.js';
import { tally, tallyPersonal, type Tally, type TallyFact, type TallyInput } from './tally.js';

// One process of a service: relays and keeps alarms under a lease, and says what it does, until it is
// killed. lease-process URL FOLDER SERVICE REPLICA PREFIX
const [url, folder, service, replica, prefix] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const say = (line: string) => void writeSync(1, `${line}\n`);

mkdirSync(folder, { recursive: true });
const keys = await sqliteSubjectKeys(join(folder, 'keys.db'), replica, { storeIsEmpty: true });
const clock = systemClock();
const store = eventStoreDb({ url });
const journal = {
  ...{ service, store, clock, log: silentLog },
  ...{ sealer: sealer(keys), failpoints: noFailpoints, hashes: hashMemory() },
};
const view = await openView({
  path: join(folder, 'view.db'),
  schema: alarmTable.schema,
  version: 1,
  store,
  prefixes: [prefix],
  project: alarmTable.prepare,
});
const lease = startLease({ store, name: service, holder: replica, clock, log: silentLog });
const saying = lease.whileHeld(async () => {
  say(`holds ${lease.epoch}`);
  return { close: async () => say('left') };
});
const relay = await startRelay<TallyFact>(journal, {
  prefixes: [prefix],
  react: (event) => [{ name: 'heard', topic: 't', type: event.type, data: event.data }],
  publish: async (messages) => {
    for (const { message } of messages) say(`published ${message.id}`);
  },
  lease,
});
const keeper = startAlarmKeeper({
  ...{ view, clock, log: silentLog, lease },
  fire: async (alarm) => {
    say(`fired ${alarm.id}`);
    const input: Input<TallyInput> = {
      id: alarm.id,
      actor: { type: 'service', id: service },
      occurredAt: alarm.dueAt,
      correlationId: alarm.correlationId,
      caseId: alarm.caseId,
      subjects: alarm.subjects,
      body: { type: 'Settle', alarmId: alarm.id },
    };
    await handle<TallyInput, TallyFact, Tally, 'negative'>(
      journal,
      alarm.stream,
      tallyPersonal,
      input,
      tally,
    );
  },
});
await view.caughtUp;
say('ready');

process.on('SIGTERM', () => {
  void (async () => {
    for (const part of [keeper, relay, saying, lease, view, store]) await part.close();
    process.exit(0);
  })();
});
