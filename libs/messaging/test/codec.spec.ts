import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { messageTypes } from '@countersign/contracts';
import { messageCodec } from '../src/codec.js';
import { publisher } from '../src/publisher.js';
import { caseId, outcome, parsed, received, scratchKeys } from './sample-messages.js';
import { scratchFolder } from './scratch-folder.js';
import { scratchWorld } from './scratch-world.js';

const folder = scratchFolder();
const examples = join(import.meta.dirname, '../../contracts/examples');
const topic = 'orchestrator.commands.v1';
const codec = messageCodec('intake', scratchKeys().sealer);

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
    const { key, value } = await codec.encode(topic, received);
    const extended = JSON.stringify({ ...parsed(value), extra: 'x' });
    expect(await codec.decode({ key, value: extended })).toEqual(received);
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
