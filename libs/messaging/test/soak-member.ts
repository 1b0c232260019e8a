import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedStore, eventStoreWriter } from '@countersign/event-store';
import { openFile } from '@countersign/group-commit';
import type { Log } from '@countersign/telemetry';
import { settableClock } from '@countersign/time';
import { kafkaBus } from '../src/kafka/kafka-bus.js';
import { runInLanes } from '../src/lanes.js';

// A member of the soak's group: writes down each record as it is handled, until told to end.
const [brokers, topic, arrivals, folder] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const name = String(process.pid);
const write = (level: string) => (message: string, fields?: object) =>
  appendFileSync(
    join(folder, '..', `${name}.log`),
    `${level} ${message} ${JSON.stringify(fields)}\n`,
  );
const log: Log = {
  debug: () => undefined,
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
};
const lost = (because: string) => {
  console.error(`member ${name} is lost: ${because}`);
  process.exit(1);
};

const file = openFile({
  path: join(folder, 'member.db'),
  modules: [eventStoreWriter],
  synchronous: 'OFF',
});
const bus = kafkaBus({ brokers: brokers.split(','), clientId: `soak-${name}`, log, onLost: lost });
const lanes = await runInLanes({
  service: 'agent',
  group: `soak-${topic}`,
  topics: [topic],
  bus,
  store: embeddedStore(file),
  clock: settableClock(),
  log,
  handle: async ({ key, value }) => {
    appendFileSync(arrivals, `${key} ${Buffer.from(value as Uint8Array).toString()} ${name}\n`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  },
});
process.on('SIGTERM', () => {
  void (async () => {
    await lanes.close();
    await bus.close();
    process.exit(0);
  })();
});
console.log('joined');
