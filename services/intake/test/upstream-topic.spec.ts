import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { topics, type Message } from '@countersign/contracts';
import { metadataOf, type StoredEvent } from '@countersign/event-store';
import { journalOf } from '@countersign/hosting';
import type { OutgoingRecord, ReceivedRecord } from '@countersign/messaging';
import { acceptance } from '../src/adapters/accept.js';
import { answeringRecords } from '../src/adapters/answer-record.js';
import { followCatalogue } from '../src/adapters/catalogue.js';
import { takingUpstream } from '../src/adapters/take-upstream.js';
import { caseOf, eventType, source, ticket } from './an-intake.js';
import { startRunningIntake, type RunningIntake } from './running-intake.js';

let at: RunningIntake;
beforeAll(async () => {
  at = await startRunningIntake();
});
afterAll(() => at.stop());

const topic = topics.upstream('demo');
const structured = { 'content-type': 'application/cloudevents+json' };
const event = (id: string, changed: object = {}) =>
  JSON.stringify({ specversion: '1.0', id, source, type: eventType, data: ticket(), ...changed });

const publish = (value: string | Uint8Array, more: Partial<OutgoingRecord> = {}) =>
  at.bus.publish([{ topic, key: '', value, headers: structured, ...more }]);

const deadLetters = async (): Promise<ReceivedRecord[]> => {
  const letters: ReceivedRecord[] = [];
  for await (const letter of at.bus.browse(topics.deadLetters('intake'))) letters.push(letter);
  return letters;
};
const patienceMs = 15_000;
const until = async <Found>(what: string, look: () => Promise<Found | undefined>) => {
  const begun = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() - begun > patienceMs) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
/** The dead letter of the record that holds this value. */
const letterOf = (value: string | Uint8Array): Promise<ReceivedRecord> =>
  until('a dead letter', async () =>
    (await deadLetters()).find((letter) => Buffer.from(value).equals(Buffer.from(letter.value))),
  );
const recordIn = ({ data }: Message) => (data as { record?: { offset: number } }).record;
/** What upstream was told of the record of a dead letter. */
const answerTo = ({ headers }: ReceivedRecord): Promise<Message> =>
  until('an answer', async () => {
    const offset = Number(headers['dead_offset']);
    return (await at.published(topics.outcomes, 1)).find((one) => recordIn(one)?.offset === offset);
  });

describe('an event on the topic of its source (A1, A4)', () => {
  it.each([
    ['structured', 'k-1', event('k-1'), structured],
    ['plain JSON without headers', 'k-2', event('k-2'), {}],
    [
      'binary',
      'k-3',
      JSON.stringify(ticket()),
      {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: 'k-3',
        ce_source: source,
        ce_type: eventType,
      },
    ],
  ])('becomes a case as over HTTP: %s', async (_, id, value, headers: object) => {
    await publish(value, { headers: headers as Record<string, string> });
    const [told] = await at.toldOf(id, 1);
    expect(told).toMatchObject({
      type: 'AcceptancePublished',
      caseId: caseOf(id),
      data: { source, sourceId: id, eventType, record: { topic, partition: 0 } },
    });
    const [stored] = (await at.eventsOf(id)) as StoredEvent[];
    expect(metadataOf(stored!)).toMatchObject({
      actor: { type: 'upstream', id: source },
      subjects: ['customer:8812'],
    });
    expect(JSON.stringify(stored)).not.toMatch(/Mara|Broken/);
    expect((await at.send(id)).status).toBe(202);
    expect(await at.eventsOf(id)).toHaveLength(1);
  });

  it('is one case however often it is sent, and each repeat is called a duplicate (I6)', async () => {
    for (let n = 0; n < 3; n += 1) await publish(event('again'), { key: `k${n}` });
    const told = await at.toldOf('again', 3);
    expect(told.map(({ type }) => type).sort()).toEqual([
      'AcceptancePublished',
      'DuplicatePublished',
      'DuplicatePublished',
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
    expect(new Set(told.map((one) => recordIn(one)?.offset)).size).toBe(3);
    expect(new Set(told.map(({ caseId }) => caseId))).toEqual(new Set([caseOf('again')]));
    expect(await at.eventsOf('again')).toHaveLength(1);
  });

  it('is no duplicate of itself when it is delivered again, whatever became of it (I5, I11)', async () => {
    const journal = journalOf('intake', at.world);
    const catalogue = followCatalogue(at.world.store);
    await catalogue.caughtUp;
    const take = takingUpstream({
      acceptance: acceptance(journal, catalogue),
      answers: answeringRecords(journal),
      catalogue,
      sources: [{ name: 'demo', source, subject: 'demo' }],
    });
    const [whole, wrong] = [event('twice'), event('twice-wrong', { time: 'yesterday' })];
    for (const value of [whole, whole, wrong]) await publish(value, { key: 'twice' });
    await letterOf(wrong);
    const before = [await at.toldOf('twice', 2), await at.toldOf('twice-wrong', 1)];
    for await (const record of at.bus.browse(topic)) {
      const value = String(record.value);
      if (value === whole) await take(record);
      if (value === wrong) await expect(take(record)).rejects.toThrow('/time');
    }
    await publish(event('after twice'));
    await at.toldOf('after twice', 1);
    expect([await at.toldOf('twice', 2), await at.toldOf('twice-wrong', 1)]).toEqual(before);
    expect(before.flat().map(({ type }) => type)).toEqual([
      'AcceptancePublished',
      'DuplicatePublished',
      'RejectionPublished',
    ]);
    await catalogue.close();
  });

  it('waits uncommitted while the store is away, and is taken when it is back (I24)', async () => {
    at.faults.outage = true;
    await publish(event('patient'), { key: 'patient' });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await at.eventsOf('patient')).toEqual([]);
    at.faults.outage = false;
    expect(await at.toldOf('patient', 1)).toMatchObject([{ type: 'AcceptancePublished' }]);
    expect((await deadLetters()).map(({ value }) => String(value))).not.toContain(event('patient'));
  });
});

describe('a record that is refused (A1, H1)', () => {
  const s3cret = new Uint8Array([0xff, 0x00, ...Buffer.from('Mara Lind')]);
  const foreign = event('f-1', { source: 'https://shop.example/tickets' });
  it.each([
    ['unparsable', s3cret, undefined],
    ['unparsable', '', undefined],
    ['too-large', event('large', { data: ticket({ body: 'x'.repeat(70_000) }) }), undefined],
    ['bad-attributes', event('late', { time: 'yesterday' }), 'late'],
    ['bad-attributes', event('', {}), undefined],
    ['unknown-type', event('what', { type: 'unheard.of.v1' }), 'what'],
    ['schema', event('wrong', { data: ticket({ body: 7, 'Mara Lind': 1 }) }), 'wrong'],
    ['foreign-source', foreign, undefined],
  ])(
    'is kept whole with its cause and place, and upstream is told: %s',
    async (code, value, id) => {
      const key = id === undefined ? 'demo' : caseOf(id);
      await publish(value, { headers: { ...structured, ce_subject: 'x' } });
      const letter = await letterOf(value);
      expect(letter.key).toBe(key);
      expect(letter.headers).toMatchObject({
        ...structured,
        dead_topic: topic,
        dead_partition: '0',
        dead_offset: expect.stringMatching(/^\d+$/),
        dead_code: code,
        dead_fence: '',
      });
      expect(letter.headers['dead_cause']).not.toContain('Mara');
      const answer = await answerTo(letter);
      expect(answer).toMatchObject({
        type: 'RejectionPublished',
        caseId: key,
        data: { source, code, problems: expect.arrayContaining([expect.anything()]) },
      });
      expect((answer.data as { sourceId?: string }).sourceId).toBe(id);
      expect(JSON.stringify(answer)).not.toContain('Mara');
      if (id !== undefined) {
        expect((await at.standing(id)).body).toMatchObject({ status: 'rejected' });
      }
    },
  );

  it('never writes into the streams of another source', async () => {
    const { eventsOf } = at;
    expect(await eventsOf('f-1')).toEqual([]);
    const other = await at.store.read(`intake-${caseOf('f-1')}`);
    expect(other).toEqual([]);
  });

  it('is a conflict when its id was accepted with another body; the first one stands', async () => {
    await publish(event('conflict'));
    await at.toldOf('conflict', 1);
    const second = event('conflict', { data: ticket({ body: 'Something else.' }) });
    await publish(second);
    const letter = await letterOf(second);
    expect(letter.headers['dead_code']).toBe('another-body');
    const told = await at.toldOf('conflict', 2);
    expect(told.map(({ type }) => type)).toEqual(['AcceptancePublished', 'RejectionPublished']);
    expect(await at.eventsOf('conflict')).toHaveLength(1);
  });

  it('keeps nothing else waiting: later events of the same key are taken (I18)', async () => {
    const key = 'the same key for all';
    await publish('garbage 1', { key });
    await publish(event('behind'), { key });
    await publish('garbage 2', { key });
    await publish(event('behind', { data: ticket({ body: 'not the same' }) }), { key });
    await publish(event('behind-2'), { key });
    await at.toldOf('behind-2', 1);
    await letterOf('garbage 2');
    expect(await at.eventsOf('behind')).toHaveLength(1);
    expect(await at.store.read('fence-intake')).toEqual([]);
  });

  it('may name its headers like ours and changes nothing by it', async () => {
    const forged = {
      dead_fence: 'x',
      dead_value_sha256: '0',
      replay_fence: 'x',
      dead_code: 'mine',
    };
    await publish('forged', { headers: { ...structured, ...forged } });
    const { headers } = await letterOf('forged');
    expect(headers).toMatchObject({ dead_fence: '', dead_code: 'unparsable' });
    expect(headers).not.toHaveProperty('dead_value_sha256');
    await publish(event('not-a-request'), { headers: { ...structured, ...forged } });
    expect(await at.toldOf('not-a-request', 1)).toMatchObject([{ type: 'AcceptancePublished' }]);
  });
});

describe('whatever upstream publishes', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('1.0', source, eventType));
  const headers = fc.dictionary(
    fc.constantFrom(
      ...['content-type', 'ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time'],
      ...['ce_data', 'traceparent', 'CE_ID', 'dead_fence', 'replay_fence', '__proto__'],
    ),
    fc.oneof(text, fc.constantFrom('application/json', 'application/cloudevents+json')),
  );
  const almost = fc
    .record(
      {
        specversion: fc.constantFrom('1.0', '0.3', 1),
        id: fc.oneof(fc.constantFrom('fz-1', 'fz-2', 'fz-3'), fc.jsonValue()),
        source: fc.oneof({ weight: 4, arbitrary: fc.constant(source) }, fc.jsonValue()),
        type: fc.oneof({ weight: 4, arbitrary: fc.constant(eventType) }, fc.jsonValue()),
        data: fc.oneof(fc.constantFrom(ticket(), ticket({ body: 'b' })), fc.jsonValue()),
      },
      { requiredKeys: ['specversion', 'id', 'source'] },
    )
    .map((made) => JSON.stringify(made));
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    almost,
    almost.chain((whole) => fc.nat(whole.length).map((end) => whole.slice(0, end))),
    fc.constantFrom('', 'null', '{}', '[]', 'x'.repeat(70_000)),
  );
  const records = fc.array(fc.record({ key: fc.oneof(fc.constant(''), text), value, headers }), {
    minLength: 20,
    maxLength: 60,
  });

  it('A1 I5 is accepted, a duplicate, or dead-lettered with its reason: nothing is lost', async () => {
    const keyed = at.bus;
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(records, async (batch) => {
        await keyed.publish(batch.map((one) => ({ ...one, topic })));
        sent += batch.length;
      }),
      { numRuns: 10 },
    );
    await publish(event('after the storm'), { key: 'last' });
    await at.toldOf('after the storm', 1);
    const offsets = await until('every record has one answer', async () => {
      const answers = (await at.published(topics.outcomes, 1)).map(recordIn);
      const answered = answers.flatMap((record) => (record ? [record.offset] : []));
      const last = Math.max(...answered);
      const all = Array.from({ length: last }, (_, n) => n + 1);
      return all.every((offset) => answered.includes(offset)) ? answered : undefined;
    });
    expect(sent).toBeGreaterThan(200);
    expect(new Set(offsets).size).toBe(offsets.length);
    const rejected = (await at.published(topics.outcomes, 1)).filter(
      (one) => one.type === 'RejectionPublished' && recordIn(one),
    );
    const buried = await until('one letter a rejection', async () => {
      const letters = await deadLetters();
      const places = letters.map(({ headers }) => Number(headers['dead_offset']));
      return places.length >= rejected.length ? places : undefined;
    });
    expect(buried.toSorted((a, b) => a - b)).toEqual(
      rejected.map((one) => recordIn(one)!.offset).toSorted((a, b) => a - b),
    );
  });
});
