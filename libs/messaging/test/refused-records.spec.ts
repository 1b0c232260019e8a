import { describe, expect, it } from '@jest/globals';
import { messageCodec } from '../src/codec.js';
import { isInfrastructure, Unacceptable } from '../src/failures.js';
import { caseId, parsed, received, scratchKeys } from './sample-messages.js';

const topic = 'orchestrator.commands.v1';
const keys = scratchKeys();
const codec = messageCodec('intake', keys.sealer);

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
    const unavailable = Object.assign(new Error('locked'), { name: 'StoreUnavailable' });
    const away = { ...keys.sealer, open: () => Promise.reject(unavailable) };
    const record = await codec.encode(topic, received);
    const error: unknown = await messageCodec('intake', away)
      .decode(record)
      .catch((e: unknown) => e);
    expect(isInfrastructure(error)).toBe(true);
  });
});
