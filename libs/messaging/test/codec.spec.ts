import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { messageTypes, type Message } from '@countersign/contracts';
import { sealer, sqliteSubjectKeys, type SubjectKeyFile } from '@countersign/trust';
import { messageCodec, type Codec } from '../src/codec.js';
import { isInfrastructure, Unacceptable } from '../src/failures.js';
import { publisher } from '../src/publisher.js';
import { scratchFolder } from './scratch-folder.js';
import { scratchWorld } from './scratch-world.js';

const folder = scratchFolder();
const examples = join(import.meta.dirname, '../../contracts/examples');
const topic = 'orchestrator.commands.v1';
let keys: SubjectKeyFile;
let codec: Codec;
beforeAll(async () => {
  const path = join(mkdtempSync(join(folder, 'keys-')), 'keys.db');
  keys = await sqliteSubjectKeys(path, 'store-1', { storeIsEmpty: true });
  codec = messageCodec('intake', sealer(keys));
});
afterAll(() => keys.close());

const caseId = '6b0f1c5e-5d0a-5a38-9f54-0d6f1e0c8a01';
const received: Message = {
  id: 'c0a1f7e2-52f7-5c0e-8c3e-4f5a6b7c8d9e',
  type: 'CaseReceived',
  schemaVersion: 1,
  caseId,
  occurredAt: '2026-01-05T09:00:00.000Z',
  actor: { type: 'upstream', id: 'https://crm.example/tickets' },
  correlationId: caseId,
  causationId: '0f5f7f8e-1c57-5d6e-9a3b-2f1e0d9c8b7a',
  subjects: ['customer:8812', 'customer:9'],
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  source: { stream: `intake-${caseId}`, revision: 3, hash: 'ab'.repeat(32) },
  data: {
    source: 'https://crm.example/tickets',
    sourceId: 'T-1001',
    eventType: 'support.ticket.created.v1',
    requester: 'ana@example.org',
    input: { text: 'My name is Ana Silva, order 12.' },
  },
};
const outcome: Message = {
  ...received,
  type: 'CaseOutcomePublished',
  subjects: [],
  traceparent: undefined,
  data: { source: 'https://crm.example/tickets', sourceId: 'T-1001', outcome: 'closed' },
};
const parsed = (value: string | Uint8Array) =>
  JSON.parse(value as string) as Record<string, unknown> & { data: Record<string, unknown> };

/** The record of `received`, changed before it is read. */
const changed = async (change: (event: ReturnType<typeof parsed>) => void) => {
  const record = await codec.encode(topic, received);
  const event = parsed(record.value);
  change(event);
  return { ...record, value: JSON.stringify(event) };
};
const refusal = async (record: { key: string; value: string | Uint8Array }) => {
  const error: unknown = await codec.decode(record).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Unacceptable);
  return error as Unacceptable;
};

describe('a message on the wire', () => {
  it('is structured CloudEvents JSON with its envelope as extensions', async () => {
    const record = await codec.encode(topic, received);
    const { data, ...attributes } = parsed(record.value);
    expect(attributes).toEqual({
      specversion: '1.0',
      id: received.id,
      type: 'countersign.CaseReceived.v1',
      source: 'countersign/intake',
      time: '2026-01-05T09:00:00.000Z',
      subject: caseId,
      partitionkey: caseId,
      correlationid: caseId,
      causationid: received.causationId,
      actortype: 'upstream',
      actorid: 'https://crm.example/tickets',
      datasubjects: 'customer:8812,customer:9',
      sourcestream: `intake-${caseId}`,
      sourcerevision: 3,
      sourcehash: 'ab'.repeat(32),
      traceparent: received.traceparent,
      datacontenttype: 'application/json',
    });
    expect(Object.keys(data).toSorted()).toEqual(['eventType', 'sealed', 'source', 'sourceId']);
    expect(record).toMatchObject({
      topic,
      key: caseId,
      headers: {
        ce_id: received.id,
        ce_type: 'countersign.CaseReceived.v1',
        traceparent: received.traceparent,
      },
    });
  });

  it('never shows personal fields in clear, also when nobody is named as its subject', async () => {
    for (const subjects of [received.subjects, []]) {
      const { value } = await codec.encode(topic, { ...received, subjects });
      expect(value).not.toMatch(/Ana Silva|ana@example/);
      const { sealed } = parsed(value).data;
      expect(Object.keys(sealed as object)).toEqual([subjects[0] ?? `case:${caseId}`]);
    }
  });

  it('comes back as it was, from text and from bytes', async () => {
    for (const message of [received, outcome]) {
      const { key, value } = await codec.encode(topic, message);
      expect(await codec.decode({ key, value })).toEqual(message);
      const bytes = new TextEncoder().encode(value as string);
      expect(await codec.decode({ key, value: bytes })).toEqual(message);
    }
  });

  it('leaves out attributes that would be empty', async () => {
    const event = parsed((await codec.encode(topic, outcome)).value);
    expect(event).not.toHaveProperty('datasubjects');
    expect(event).not.toHaveProperty('traceparent');
  });

  it('may carry attributes that we do not know', async () => {
    const record = await changed((event) => void (event['extra'] = 'x'));
    expect(await codec.decode(record)).toEqual(received);
  });

  it('is not spoken when its type is unknown or a subject cannot be listed', async () => {
    const nameless = codec.encode(topic, { ...received, type: 'Nonsense' });
    await expect(nameless).rejects.toMatchObject({ code: 'unknown-type', permanent: true });
    const next = codec.encode(topic, { ...received, schemaVersion: 2 });
    await expect(next).rejects.toMatchObject({ code: 'unknown-type' });
    const comma = codec.encode(topic, { ...received, subjects: ['a,b'] });
    await expect(comma).rejects.toMatchObject({ code: 'bad-subject' });
  });
});

describe('a record that is no message of ours', () => {
  it.each([
    ['nothing', ''],
    ['text', 'Ana Silva'],
    ['half of JSON', '{"name":"Ana Silva'],
    ['bytes that are no UTF-8', new Uint8Array([0xff, 0xfe, 0x7b])],
  ])('is unparsable: %s', async (_what, value) => {
    const error = await refusal({ key: caseId, value });
    expect(error.code).toBe('unparsable');
    expect(error.message).not.toContain('Ana');
  });

  it.each([
    ['an array', (): unknown => []],
    ['null', () => null],
    ['no id', (event: object) => ({ ...event, id: undefined })],
    ['another version', (event: object) => ({ ...event, specversion: '0.3' })],
    ['no actor', (event: object) => ({ ...event, actortype: 'nobody' })],
    ['data as text', (event: object) => ({ ...event, data: 'Ana Silva' })],
  ])('is no envelope: %s', async (_what, change) => {
    const event = parsed((await codec.encode(topic, received)).value);
    const error = await refusal({ key: caseId, value: JSON.stringify(change(event)) });
    expect(error.code).toBe('bad-envelope');
    expect(error.message).not.toContain('Ana');
  });

  it('is refused under another key than its case, or as a type that we do not know', async () => {
    const record = await codec.encode(topic, received);
    expect((await refusal({ ...record, key: 'other' })).code).toBe('wrong-key');
    const unknown = await changed((event) => void (event['type'] = 'countersign.CaseReceived.v9'));
    expect(await refusal(unknown)).toMatchObject({
      code: 'unknown-type',
      message: expect.stringContaining('countersign.CaseReceived.v9'),
    });
  });

  it('is refused where it does not fit its schema, by place and never by value', async () => {
    const error = await refusal(
      await changed(({ data }) => {
        data['sourceId'] = 12;
        data['more'] = 'Ana Silva';
      }),
    );
    expect(error.code).toBe('schema');
    expect(error.message).toContain('/data/sourceId (invalid_type)');
    expect(error.message).not.toContain('Ana');
  });

  it('shows of a personal field no more than its name', async () => {
    const data = { ...(received.data as object), input: 'Ana Silva', requester: 12 };
    const record = await codec.encode(topic, { ...received, data });
    const error = await refusal(record);
    expect(error.message).toContain('/data/requester (invalid_type), /data/input (invalid_type)');
    const step = {
      ...received,
      type: 'RunAgentStep',
      data: { context: { Ana: 1, input: 'Silva' } },
    };
    const deep = await refusal(await codec.encode(topic, step));
    expect(deep.message).toContain('/data/context (');
    expect(deep.message).not.toMatch(/Ana|Silva|context\//);
  });

  it('is refused when its sealed fields are another message’s or were touched', async () => {
    const moved = await changed((event) => {
      event['id'] = '11111111-52f7-5c0e-8c3e-4f5a6b7c8d9e';
    });
    expect((await refusal(moved)).code).toBe('seal-broken');
    const touched = await changed(({ data }) => void (data['sealed'] = { x: 1 }));
    expect((await refusal(touched)).code).toBe('seal-broken');
  });

  it('says that a person was erased, when that is why a field is missing (I22)', async () => {
    const subjects = ['customer:erased'];
    const record = await codec.encode(topic, { ...received, subjects });
    await keys.destroy('customer:erased');
    const error = await refusal(record);
    expect(error.code).toBe('subject-erased');
    expect(error.message).toContain('/data/input');
  });

  it('is not blamed while the keys cannot be read', async () => {
    const away = { ...sealer(keys), open: () => Promise.reject(unavailable) };
    const unavailable = Object.assign(new Error('locked'), { name: 'StoreUnavailable' });
    const record = await codec.encode(topic, received);
    const error: unknown = await messageCodec('intake', away)
      .decode(record)
      .catch((e: unknown) => e);
    expect(isInfrastructure(error)).toBe(true);
  });
});

describe('every message type', () => {
  it.each([...messageTypes.values()])('$type travels as its example shows', async (spoken) => {
    const { type, schemaVersion, personal } = spoken;
    const path = join(examples, `${type}.v${schemaVersion}.json`);
    const data = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const message = { ...received, type, schemaVersion, data };
    const record = await codec.encode(topic, message);
    expect(await codec.decode(record)).toEqual(message);
    const inClear = Object.keys(parsed(record.value).data);
    expect(inClear.filter((field) => personal.includes(field))).toEqual([]);
  });
});

describe('a publisher', () => {
  it('publishes all messages of a call at once, in order, or says that it could not', async () => {
    const world = scratchWorld(folder);
    const calls: number[] = [];
    const counting = {
      ...world.bus,
      publish: (records: Parameters<typeof world.bus.publish>[0]) => {
        calls.push(records.length);
        return world.bus.publish(records);
      },
    };
    const { publish } = publisher(counting, codec);
    await publish([
      { topic, message: received },
      { topic, message: outcome },
    ]);
    expect(calls).toEqual([2]);
    const types: string[] = [];
    for await (const record of world.bus.browse(topic)) {
      types.push((await codec.decode(record)).type);
    }
    expect(types).toEqual(['CaseReceived', 'CaseOutcomePublished']);
    world.outages.publish = () => true;
    await expect(publish([{ topic, message: received }])).rejects.toMatchObject({
      name: 'BusUnavailable',
    });
    await world.close();
  });
});
