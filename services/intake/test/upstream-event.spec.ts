import { describe, expect, it } from '@jest/globals';
import { readUpstreamEvent } from '../src/adapters/upstream-event.js';
import { eventType, source, ticket } from './an-intake.js';

type Headers = Record<string, string>;
const json = 'application/json';
const event = (changed: object = {}) => ({
  specversion: '1.0',
  id: 't-1',
  source,
  type: eventType,
  data: ticket(),
  ...changed,
});
const read = (value: unknown, headers: Headers = {}) =>
  readUpstreamEvent({
    value: typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value),
    headers,
  });
const structured = { 'content-type': 'application/cloudevents+json' };
const binary = (changed: Headers = {}): Headers => ({
  'content-type': json,
  ce_specversion: '1.0',
  ce_id: 't-1',
  ce_source: source,
  ce_type: eventType,
  ...changed,
});
const taken = { event: { id: 't-1', source, type: eventType, data: ticket() } };

describe('a record in structured mode (CloudEvents, Kafka binding)', () => {
  it.each([
    ['its content type says so', structured],
    [
      'it says so in capitals, with a charset',
      { 'Content-Type': 'Application/CloudEvents+JSON; charset=UTF-8' },
    ],
    ['attributes stand in headers as well', { ...binary({ ce_id: 'other' }), ...structured }],
    ['there is no content type', {}],
    ['it is plain JSON', { 'content-type': json }],
  ])('is read when %s', (_, headers: Headers) => {
    expect(read(event(), headers)).toMatchObject(taken);
  });

  it('is read from bytes as from text, and takes the trace of its transport', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const bytes = new TextEncoder().encode(JSON.stringify(event()));
    expect(read(bytes, { ...structured, traceparent })).toMatchObject({ event: { traceparent } });
  });

  it('is not taken in another format, in batches, or as another kind of content', () => {
    for (const type of ['application/cloudevents+avro', 'application/cloudevents-batch+json']) {
      expect(read(event(), { 'content-type': type })).toMatchObject({
        code: 'unsupported-media-type',
      });
    }
    expect(read(event(), { 'content-type': 'text/plain' })).toMatchObject({
      code: 'unsupported-media-type',
    });
    expect(read([event()])).toMatchObject({ code: 'bad-attributes' });
  });

  it('says what is wrong with its attributes, and whose it is', () => {
    expect(read(event({ specversion: '0.3', time: 'soon' }))).toMatchObject({
      code: 'bad-attributes',
      id: 't-1',
      source,
      problems: [{ pointer: '/specversion' }, { pointer: '/time' }],
    });
  });
});

describe('a record in binary mode', () => {
  it('has its attributes in headers, in plain UTF-8, and its data as value', () => {
    const headers = binary({ ce_subject: 'Straße 1', ce_time: '2026-01-05T10:00:00Z' });
    expect(read(ticket(), headers)).toMatchObject({
      event: { ...taken.event, subject: 'Straße 1', time: '2026-01-05T10:00:00Z' },
    });
    // Only HTTP encodes; here a percent sign is a percent sign.
    expect(read(ticket(), binary({ ce_subject: '100%25' }))).toMatchObject({
      event: { subject: '100%25' },
    });
  });

  it('needs no content type, but must not have another than JSON', () => {
    const { 'content-type': _, ...bare } = binary();
    expect(read(ticket(), bare)).toMatchObject(taken);
    expect(read('<xml/>', binary({ 'content-type': 'text/xml' }))).toMatchObject({ id: 't-1' });
    expect(read(ticket(), binary({ 'content-type': 'text/xml' }))).toMatchObject({
      code: 'bad-attributes',
      problems: [{ pointer: '/datacontenttype' }],
    });
  });

  it('takes no attribute from its value', () => {
    const { ce_type: _, ...headers } = binary();
    expect(read({ ...ticket(), type: eventType }, headers)).toMatchObject({
      code: 'bad-attributes',
      problems: [{ pointer: '/type' }, { pointer: '/type' }, { pointer: '/type' }],
    });
  });

  it('is still known by its headers when its value cannot be read', () => {
    expect(read('{', binary())).toMatchObject({ code: 'unparsable', id: 't-1', source });
    expect(read('', binary())).toMatchObject({ code: 'unparsable', id: 't-1' });
    expect(read('7', binary())).toMatchObject({ code: 'bad-attributes', id: 't-1' });
  });

  it('is not believed whose attributes are no UTF-8: two ids might look the same', () => {
    const garbled = read(ticket(), binary({ ce_id: 't-\ufffd' }));
    expect(garbled).toMatchObject({ code: 'bad-attributes', problems: [{ pointer: '/id' }] });
    expect(garbled).not.toHaveProperty('id');
  });
});

describe('a record that is nothing at all', () => {
  it.each([
    ['a tombstone', ''],
    ['text', 'hello, Mara Lind'],
    ['half of JSON', '{"id":"Mara Lind'],
    ['no UTF-8', new Uint8Array([0xff, 0xfe, 0x7b])],
    ['half a character', '{"id":"\\ud800"}'],
    ['too deep', '['.repeat(101) + ']'.repeat(101)],
    ['a hidden property', '{"__proto__":{"id":"x"}}'],
  ])('is unparsable: %s', (_, value) => {
    const found = read(value);
    expect(found).toMatchObject({ code: 'unparsable' });
    expect(JSON.stringify(found)).not.toContain('Mara');
  });

  it('is too large beyond 64 KiB, before it is looked at', () => {
    expect(read(event({ data: ticket({ body: 'x'.repeat(65_536) }) }))).toMatchObject({
      code: 'too-large',
    });
    expect(read('x'.repeat(65_537), binary())).toMatchObject({ code: 'too-large' });
  });
});
