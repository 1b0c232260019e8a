import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allTopics, topics, type Message } from '@countersign/contracts';
import { startKafka, type Kafka } from '@countersign/kafka-dev';
import { kafkaBus, type KafkaBus, type ReceivedRecord } from '@countersign/messaging';
import { silentLog } from '@countersign/telemetry';
import { caseOf, eventType, source, ticket } from './an-intake.js';
import { startRunningIntake, type RunningIntake } from './running-intake.js';

const folder = mkdtempSync(join(tmpdir(), 'countersign-intake-kafka-'));
let kafka: Kafka;
let bus: KafkaBus;
let at: RunningIntake;
beforeAll(async () => {
  kafka = await startKafka({ folder, port: 0 });
  bus = kafkaBus({ brokers: kafka.brokers, clientId: 'test', log: silentLog });
  await bus.createTopics(allTopics(['demo']), { partitions: 3 });
  at = await startRunningIntake(bus);
}, 120_000);
afterAll(async () => {
  await at?.stop();
  await bus?.close();
  await kafka?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const topic = topics.upstream('demo');
const event = (id: string, changed: object = {}) =>
  JSON.stringify({ specversion: '1.0', id, source, type: eventType, data: ticket(), ...changed });
const binary = (id: string) => ({
  'content-type': 'application/json',
  ce_specversion: '1.0',
  ce_id: id,
  ce_source: source,
  ce_type: eventType,
});

const patienceMs = 30_000;
const until = async <Found>(what: string, look: () => Promise<Found | undefined>) => {
  const begun = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() - begun > patienceMs) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
const deadLetters = async (): Promise<ReceivedRecord[]> => {
  const letters: ReceivedRecord[] = [];
  for await (const letter of bus.browse(topics.deadLetters('intake'))) letters.push(letter);
  return letters;
};
const placeOf = ({ data }: Message): string => {
  const { record } = data as { record?: { partition: number; offset: number } };
  return record ? `${record.partition}-${record.offset}` : '';
};

describe('A1 upstream over a real Kafka', () => {
  const garbage = new Uint8Array([0xff, 0x00, 0x7b]);
  const large = 'x'.repeat(900_000);
  const records = [
    { key: '', value: event('s-1'), headers: { 'content-type': 'application/cloudevents+json' } },
    { key: 'b', value: JSON.stringify(ticket()), headers: binary('b-1') },
    { key: 'p', value: event('p-1'), headers: {} },
    { key: 'p', value: event('p-1'), headers: {} },
    { key: 'p', value: event('p-1', { data: ticket({ body: 'Else.' }) }), headers: {} },
    { key: '', value: garbage, headers: {} },
    { key: 'k', value: '', headers: {} },
    { key: 'k', value: large, headers: {} },
    { key: 'k', value: event('k-1'), headers: {} },
    { key: '', value: event('f', { source: 'https://shop.example/tickets' }), headers: {} },
  ];

  it('I5 answers every record once: a case, a duplicate, or a dead letter with its raw bytes', async () => {
    await bus.publish(records.map((record) => ({ ...record, topic })));
    const answers = await until('one answer a record', async () => {
      const told = (await at.published(topics.outcomes, records.length)).filter(placeOf);
      return told.length >= records.length ? told : undefined;
    });
    const byType = Map.groupBy(answers, ({ type }) => type);
    const count = (type: string) => new Set(byType.get(type)?.map(placeOf)).size;
    expect([
      count('AcceptancePublished'),
      count('DuplicatePublished'),
      count('RejectionPublished'),
    ]).toEqual([4, 1, 5]);
    const accepted = byType.get('AcceptancePublished')!.map(({ caseId }) => caseId);
    expect(accepted.sort()).toEqual(['s-1', 'b-1', 'p-1', 'k-1'].map(caseOf).sort());

    // A record is put aside after upstream was told of it.
    const letters = await until('one letter a refusal', async () => {
      const found = await deadLetters();
      return found.length >= count('RejectionPublished') ? found : undefined;
    });
    expect(letters.map(({ headers }) => headers['dead_code']).sort()).toEqual([
      'another-body',
      'foreign-source',
      'too-large',
      'unparsable',
      'unparsable',
    ]);
    const bytesOf = ({ value }: { value: string | Uint8Array }) =>
      Buffer.from(value).toString('hex');
    const kept = new Set(letters.map(bytesOf));
    for (const value of [garbage, large, '']) expect(kept).toContain(bytesOf({ value }));
    for (const { headers } of letters) {
      expect(headers).toMatchObject({
        dead_topic: topic,
        dead_partition: expect.stringMatching(/^[0-2]$/),
        dead_offset: expect.stringMatching(/^\d+$/),
      });
    }
    expect(await at.store.read('fence-intake')).toEqual([]);
  });

  it('lists what was refused, and takes it again when asked to, over HTTP', async () => {
    const { body } = await at.ask('sam', '/v1/dead-letters/intake?cause=foreign-source');
    expect(body).toMatchObject({ total: 1, causes: { 'foreign-source': 1 } });
    const [{ id }] = body.items;
    const replayed = await at.ask('sam', `/v1/dead-letters/intake/${id}/replay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(replayed).toMatchObject({
      status: 202,
      body: { replayed: [{ became: 'refused', cause: { code: 'foreign-source' } }] },
    });
  });

  it('commits what it has answered: a new member of the group is given none of it again', async () => {
    const before = (await deadLetters()).length;
    await at.stop();
    at = await startRunningIntake(bus);
    await bus.publish([{ topic, key: 'z', value: 'garbage again', headers: {} }]);
    await until('the new one', async () => ((await deadLetters()).length > before ? 1 : undefined));
    expect(await deadLetters()).toHaveLength(before + 1);
  });
});
