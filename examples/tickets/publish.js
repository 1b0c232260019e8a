// Publishes an event to the topic of its source and waits for what becomes of it:
//   node examples/tickets/publish.js 127.0.0.1:9092 demo examples/tickets/refund.json
// Any client of Kafka does; this one takes ours, and needs `npm run build` before.
import { readFileSync } from 'node:fs';
import { kafkaBus } from '@countersign/messaging';

const [brokers, sourceName, file] = process.argv.slice(2);
if (!file) {
  console.error('usage: node examples/tickets/publish.js <host:port> <name of the source> <file>');
  process.exit(2);
}
const value = readFileSync(file, 'utf8');
const { source, id } = JSON.parse(value);
const headers = { 'content-type': 'application/cloudevents+json' };
const answerWithinMs = 15_000;

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: console.warn, error: console.error };
const bus = kafkaBus({ brokers: brokers.split(','), clientId: 'upstream', log });

/** What was said of this event so far; the topic is read from its beginning. */
const toldOf = async () => {
  const told = new Map();
  for await (const record of bus.browse('intake-outcomes.v1')) {
    const outcome = JSON.parse(Buffer.from(record.value).toString('utf8'));
    if (outcome.data.source === source && outcome.data.sourceId === id) {
      told.set(outcome.id, outcome);
    }
  }
  return told;
};

const before = await toldOf();
await bus.publish([{ topic: `intake.${sourceName}.v1`, key: id, value, headers }]);
const begun = performance.now();
let answered = false;
while (!answered && performance.now() - begun < answerWithinMs) {
  for (const [outcomeId, { type, subject, data }] of await toldOf()) {
    if (before.has(outcomeId)) continue;
    console.log(JSON.stringify({ type, subject, data }));
    answered = true;
  }
  await new Promise((resolve) => setTimeout(resolve, 250));
}
await bus.close();
if (!answered) console.error('no answer yet: is the product running?');
process.exit(answered ? 0 : 1);
