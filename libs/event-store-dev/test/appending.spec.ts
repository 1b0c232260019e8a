import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  ANY,
  binaryEvent,
  jsonEvent,
  NO_STREAM,
  STREAM_EXISTS,
  MaxAppendSizeExceededError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { hostedStore, newStream, type TestEvent } from './server-harness.js';

const store = hostedStore();

const event = (id = randomUUID()) =>
  jsonEvent<TestEvent>({ id, type: 'Written', data: { id }, metadata: { by: 'test' } });
const idsIn = async (stream: string): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { event } of store.client.readStream(stream)) ids.push(event!.id);
  return ids;
};

// With credentials the Node client uses the unary call, without them the batch.
describe.each([
  ['batch', {}],
  ['unary', { credentials: { username: 'admin', password: 'changeit' } }],
])('an append (%s)', (_kind, how) => {
  it('is written at the revision that was expected', async () => {
    const stream = newStream();
    const [first, second, third] = [event(), event(), event()];
    const one = await store.client.appendToStream(stream, [first, second], {
      expectedRevision: NO_STREAM,
      ...how,
    });
    const two = await store.client.appendToStream(stream, third, { expectedRevision: 1n, ...how });
    expect([one.nextExpectedRevision, two.nextExpectedRevision]).toEqual([1n, 2n]);
    expect(two.position!.commit).toBeGreaterThan(one.position!.commit);
    expect(await idsIn(stream)).toEqual([first.id, second.id, third.id]);
  });

  it('conflicts with what stands there, and says what', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, [event(), event()], how);
    for (const [expectedRevision, said] of [
      [NO_STREAM, NO_STREAM],
      [0n, 0n],
      [7n, 7n],
    ] as const) {
      const failed = await store.client
        .appendToStream(stream, event(), { expectedRevision, ...how })
        .catch((error: unknown) => error as WrongExpectedVersionError);
      expect(failed).toBeInstanceOf(WrongExpectedVersionError);
      expect(failed).toMatchObject({
        streamName: stream,
        expectedVersion: said,
        actualVersion: 1n,
      });
    }
    await expect(
      store.client.appendToStream(newStream(), event(), {
        expectedRevision: STREAM_EXISTS,
        ...how,
      }),
    ).rejects.toMatchObject({ expectedVersion: 'stream_exists', actualVersion: 'no_stream' });
  });

  it('repeated with the same ids and revision answers as the first time and writes nothing', async () => {
    const stream = newStream();
    const events = [event(), event()];
    const first = await store.client.appendToStream(stream, events, {
      expectedRevision: NO_STREAM,
      ...how,
    });
    await store.client.appendToStream(stream, event(), { expectedRevision: 1n, ...how });
    const again = await store.client.appendToStream(stream, events, {
      expectedRevision: NO_STREAM,
      ...how,
    });
    expect(again).toMatchObject({ success: true, nextExpectedRevision: 1n });
    expect(again.position).toEqual(first.position);
    expect(await idsIn(stream)).toHaveLength(3);
    await expect(
      store.client.appendToStream(stream, [events[0]!, event()], {
        expectedRevision: NO_STREAM,
        ...how,
      }),
    ).rejects.toBeInstanceOf(WrongExpectedVersionError);
  });

  it('of the same ids at the new revision writes them again: ids alone protect nobody', async () => {
    const stream = newStream();
    const same = event();
    await store.client.appendToStream(stream, same, { expectedRevision: NO_STREAM, ...how });
    await store.client.appendToStream(stream, same, { expectedRevision: 0n, ...how });
    expect(await idsIn(stream)).toEqual([same.id, same.id]);
  });

  it('repeated under ANY is recognised by the ids that this process wrote', async () => {
    const stream = newStream();
    const same = event();
    await store.client.appendToStream(stream, same, { expectedRevision: ANY, ...how });
    await store.client.appendToStream(stream, event(), { expectedRevision: STREAM_EXISTS, ...how });
    const again = await store.client.appendToStream(stream, same, {
      expectedRevision: ANY,
      ...how,
    });
    expect(again.nextExpectedRevision).toBe(0n);
    expect(await idsIn(stream)).toHaveLength(2);
  });

  it('above the limit is refused by its size', async () => {
    const large = jsonEvent<TestEvent>({ type: 'Large', data: { text: 'x'.repeat(1_100_000) } });
    const failed = await store.client
      .appendToStream(newStream(), large, how)
      .catch((error: unknown) => error as MaxAppendSizeExceededError);
    expect(failed).toBeInstanceOf(MaxAppendSizeExceededError);
    expect((failed as MaxAppendSizeExceededError).maxAppendSize).toBe(1_048_576);
  });
});

it('keeps bytes, types and metadata as they came', async () => {
  const stream = newStream();
  const bytes = Uint8Array.from([0, 255, 1, 254]);
  await store.client.appendToStream(stream, [
    binaryEvent({ type: 'Ünï', data: bytes, metadata: bytes }),
    binaryEvent({ type: 'Empty', data: new Uint8Array() }),
    jsonEvent<TestEvent>({ type: 'Json', data: { a: '☃' }, metadata: { b: 1 } }),
  ]);
  const read = [];
  for await (const { event } of store.client.readStream(stream)) read.push(event!);
  expect(read.map(({ type, isJson }) => [type, isJson])).toEqual([
    ['Ünï', false],
    ['Empty', false],
    ['Json', true],
  ]);
  expect(Buffer.from(read[0]!.data as Uint8Array)).toEqual(Buffer.from(bytes));
  expect(Buffer.from(read[0]!.metadata as Uint8Array)).toEqual(Buffer.from(bytes));
  expect(read[1]!.data).toHaveLength(0);
  expect(read[2]).toMatchObject({ data: { a: '☃' }, metadata: { b: 1 }, revision: 2n });
  expect(Math.abs(Date.now() - read[2]!.created.getTime())).toBeLessThan(60_000);
});
