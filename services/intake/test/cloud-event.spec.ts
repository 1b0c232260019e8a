import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCloudEvent } from '../src/adapters/cloud-event.js';
import { eventType, source, ticket } from './an-intake.js';

const structured = (changed: Record<string, unknown> = {}) =>
  readCloudEvent(
    { 'content-type': 'application/cloudevents+json' },
    { specversion: '1.0', id: 't-1', source, type: eventType, data: ticket(), ...changed },
  );
const pointersOf = (read: ReturnType<typeof readCloudEvent>) =>
  'problems' in read ? read.problems.map(({ pointer }) => pointer) : [];

describe('a CloudEvent in structured mode', () => {
  it('is read with its attributes and its data', () => {
    const time = '2026-01-05T10:00:00+01:00';
    const read = structured({ time, subject: 'order/1', correlationid: 'corr-1' });
    expect(read).toMatchObject({
      event: { id: 't-1', source, type: eventType, time, correlationid: 'corr-1', data: ticket() },
    });
  });

  it('may carry extensions that nobody here knows, and that go no further', () => {
    const read = structured({ tenant: 'x', partitionkey: 'y', constructor: {}, hasOwnProperty: 1 });
    expect(read).toEqual({
      event: { specversion: '1.0', id: 't-1', source, type: eventType, data: ticket() },
    });
  });

  it('is taken with its data as sent, whatever the fields are called', () => {
    const data = { ...ticket(), constructor: { name: 'x' }, toString: 1 };
    expect(structured({ data })).toMatchObject({ event: { data } });
    expect(pointersOf(structured({ data, constructor: { name: 'x' }, id: '' }))).toEqual(['/id']);
  });

  it('takes the trace of the transport unless it has one of its own', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const body = { specversion: '1.0', id: 't', source, type: eventType, data: {} };
    expect(readCloudEvent({ traceparent }, body)).toMatchObject({ event: { traceparent } });
    const own = traceparent.replace('0af7', 'ffff');
    const both = readCloudEvent({ traceparent }, { ...body, traceparent: own });
    expect(both).toMatchObject({ event: { traceparent: own } });
  });

  it('is not refused for a trace header of another version; for its own attribute it is', () => {
    const traceparent = 'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what';
    const body = { specversion: '1.0', id: 't', source, type: eventType, data: {} };
    const read = readCloudEvent({ traceparent }, body);
    expect(read).toMatchObject({ event: { id: 't' } });
    expect((read as { event: object }).event).not.toHaveProperty('traceparent');
    expect(pointersOf(structured({ traceparent }))).toEqual(['/traceparent']);
  });

  it.each([
    ['/specversion', { specversion: '0.3' }],
    ['/id', { id: '' }],
    ['/id', { id: 7 }],
    ['/id', { id: 'x'.repeat(257) }],
    ['/source', { source: undefined }],
    ['/type', { type: null }],
    ['/data', { data: undefined }],
    ['/data', { data: 'text' }],
    ['/data', { data: ['list'] }],
    ['/datacontenttype', { datacontenttype: 'text/xml' }],
    ['/correlationid', { correlationid: 'has spaces in it' }],
    ['/correlationid', { correlationid: '' }],
    ['/time', { time: 'yesterday' }],
    ['/time', { time: '2026-01-05' }],
    ['/time', { time: '2026-W02-1' }],
    ['/time', { time: '2026-01-05T25:00:00Z' }],
    ['/time', { time: 1_767_600_000 }],
  ])('with a wrong %s is refused, and the field is named: %j', (pointer, changed) => {
    expect(new Set(pointersOf(structured(changed)))).toEqual(new Set([pointer]));
  });

  it('names all that is wrong at once, and whose it is as far as that is known', () => {
    const read = structured({ specversion: '2.0', time: 'soon', type: '' });
    expect(pointersOf(read).sort()).toEqual(['/specversion', '/time', '/type']);
    expect(read).toMatchObject({ id: 't-1', source });
    const nobody = structured({ id: {}, source: '' });
    expect(nobody).not.toHaveProperty('id');
    expect(nobody).not.toHaveProperty('source');
  });

  it.each([null, 'text', 7, true, []])('that is %j is refused and nothing else', (body) => {
    expect(pointersOf(readCloudEvent({}, body))).toEqual(
      expect.arrayContaining(['/specversion', '/id', '/source', '/type', '/data']),
    );
  });

  it('never throws, and never says what the value was', () => {
    const body = fc.dictionary(
      fc.constantFrom(
        'specversion',
        'id',
        'source',
        'type',
        'time',
        'data',
        'subject',
        '__proto__',
      ),
      fc.oneof(fc.constant('s3cret'), fc.jsonValue()),
    );
    fc.assert(
      fc.property(body, (given) => {
        const read = readCloudEvent({}, given);
        if ('problems' in read) expect(JSON.stringify(read.problems)).not.toContain('s3cret');
      }),
    );
  });
});

describe('a CloudEvent in binary mode', () => {
  const binary = (headers: Record<string, string>, body: unknown = ticket()) =>
    readCloudEvent(
      { 'ce-specversion': '1.0', 'ce-id': 't-1', 'ce-source': source, ...headers },
      body,
    );

  it('has its attributes in headers, percent-encoded, and its data as body', () => {
    const read = binary({ 'ce-type': eventType, 'ce-subject': 'Stra%C3%9Fe 1' });
    expect(read).toMatchObject({
      event: { id: 't-1', source, type: eventType, subject: 'Straße 1', data: ticket() },
    });
  });

  it('keeps a header that is no percent-encoding as it is', () => {
    expect(binary({ 'ce-type': eventType, 'ce-subject': '100%' })).toMatchObject({
      event: { subject: '100%' },
    });
  });

  it('takes no attribute from the body', () => {
    expect(pointersOf(binary({}, { ...ticket(), type: eventType }))).toEqual(
      expect.arrayContaining(['/type']),
    );
  });
});
