import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  ANY,
  BACKWARDS,
  END,
  jsonEvent,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
  type AppendExpectedRevision,
} from '@eventstore/db-client';
import { hostedStore, newStream, type TestEvent } from './server-harness.js';

const store = hostedStore();

const events = (count: number) =>
  Array.from({ length: count }, (_, n) => jsonEvent<TestEvent>({ type: 'Written', data: { n } }));
const append = (stream: string, count: number, expectedRevision: AppendExpectedRevision = ANY) =>
  store.client.appendToStream(stream, events(count), { expectedRevision });
const revisions = async (stream: string, options = {}): Promise<number[]> => {
  const found: number[] = [];
  for await (const { event } of store.client.readStream(stream, options)) {
    found.push(Number(event!.revision));
  }
  return found;
};

describe('metadata of a stream', () => {
  it('is kept whole, with its revision', async () => {
    const stream = newStream();
    expect(await store.client.getStreamMetadata(stream)).toEqual({ streamName: stream });
    const metadata = {
      maxCount: 7,
      maxAge: 60,
      cacheControl: 3,
      truncateBefore: 0,
      acl: { readRoles: ['ops'], writeRoles: ['someone'] },
      own: { kept: true },
    };
    await store.client.setStreamMetadata(stream, metadata);
    expect(await store.client.getStreamMetadata(stream)).toMatchObject({ metadata });
    await store.client.setStreamMetadata(stream, { maxCount: 8 }, { expectedRevision: 0n });
    expect(await store.client.getStreamMetadata(stream)).toMatchObject({
      metadata: { maxCount: 8 },
    });
    await expect(
      store.client.setStreamMetadata(stream, {}, { expectedRevision: 0n }),
    ).rejects.toBeInstanceOf(WrongExpectedVersionError);
    expect(await revisions(`$$${stream}`)).toEqual([1]);
  });

  it('limits what is read by number, and gives back when the limit is raised', async () => {
    const stream = newStream();
    await append(stream, 5);
    await store.client.setStreamMetadata(stream, { maxCount: 2 });
    expect(await revisions(stream)).toEqual([3, 4]);
    expect(await revisions(stream, { direction: BACKWARDS, fromRevision: END })).toEqual([4, 3]);
    await append(stream, 1, 4n);
    expect(await revisions(stream)).toEqual([4, 5]);
    await store.client.setStreamMetadata(stream, { maxCount: 4 });
    expect(await revisions(stream)).toEqual([2, 3, 4, 5]);
  });

  it('limits by age and from a revision on', async () => {
    const stream = newStream();
    await append(stream, 4);
    await store.client.setStreamMetadata(stream, { truncateBefore: 3 });
    expect(await revisions(stream)).toEqual([3]);
    expect(await revisions(stream, { fromRevision: 1n })).toEqual([3]);
    await store.client.setStreamMetadata(stream, { maxAge: 3_600 });
    expect(await revisions(stream)).toEqual([0, 1, 2, 3]);
    await store.client.setStreamMetadata(stream, { maxAge: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(await revisions(stream)).toEqual([]);
    await append(stream, 1, 3n);
    expect(await revisions(stream)).toEqual([4]);
  });

  it('trims the file far behind the limit, and the order of all events with it', async () => {
    const stream = newStream();
    await store.client.setStreamMetadata(stream, { maxCount: 1 });
    await append(stream, 500);
    await append(stream, 600);
    expect(await revisions(stream)).toEqual([1_099]);
    let inAll = 0;
    for await (const { event } of store.client.readAll())
      if (event!.streamId === stream) inAll += 1;
    expect(inAll).toBe(1_001);
  });
});

describe('a deleted stream', () => {
  it('is not found, and goes on where it ended', async () => {
    const stream = newStream();
    await append(stream, 3);
    expect((await store.client.deleteStream(stream)).position).toBeDefined();
    await expect(revisions(stream)).rejects.toBeInstanceOf(StreamNotFoundError);
    expect(await append(stream, 2, NO_STREAM)).toMatchObject({ nextExpectedRevision: 4n });
    expect(await revisions(stream)).toEqual([3, 4]);
    await append(stream, 1, 4n);
    expect(await store.client.getStreamMetadata(stream)).toMatchObject({
      metadata: { truncateBefore: 3 },
    });
  });

  it.each([
    ['any', ANY],
    ['its last revision', 1n],
  ] as const)('is revived by %s, and keeps the rest of its metadata', async (_name, expected) => {
    const stream = newStream();
    await append(stream, 2);
    await store.client.setStreamMetadata(stream, { maxCount: 50, own: 'kept' });
    await store.client.deleteStream(stream, { expectedRevision: 1n });
    expect(await append(stream, 1, expected)).toMatchObject({ nextExpectedRevision: 2n });
    expect(await revisions(stream)).toEqual([2]);
    expect(await store.client.getStreamMetadata(stream)).toMatchObject({
      metadata: { maxCount: 50, own: 'kept', truncateBefore: 2 },
    });
  });

  it('does not exist for those who expect it to, nor a second time for its deleter', async () => {
    const stream = newStream();
    await append(stream, 1);
    await expect(
      store.client.deleteStream(stream, { expectedRevision: 5n }),
    ).rejects.toBeInstanceOf(WrongExpectedVersionError);
    await store.client.deleteStream(stream);
    await expect(append(stream, 1, STREAM_EXISTS)).rejects.toBeInstanceOf(StreamDeletedError);
    await expect(store.client.deleteStream(stream)).rejects.toBeInstanceOf(StreamDeletedError);
  });
});

describe('a stream with a tombstone', () => {
  it('is gone for ever, for readers, writers and its metadata', async () => {
    const stream = newStream();
    await append(stream, 2);
    const following = store.client.subscribeToStream(stream);
    const ended = new Promise((resolve) => following.once('error', resolve));
    following.on('data', () => {});
    await new Promise((resolve) => following.once('caughtUp', resolve));
    await store.client.tombstoneStream(stream, { expectedRevision: 1n });
    expect(await ended).toMatchObject({ type: 'stream-deleted', streamName: stream });

    await expect(revisions(stream)).rejects.toMatchObject({ streamName: stream });
    for (const expected of [ANY, NO_STREAM, STREAM_EXISTS, 1n] as const) {
      await expect(append(stream, 1, expected)).rejects.toBeInstanceOf(StreamDeletedError);
    }
    await expect(store.client.setStreamMetadata(stream, {})).rejects.toBeInstanceOf(
      StreamDeletedError,
    );
    await expect(store.client.tombstoneStream(stream)).rejects.toBeInstanceOf(StreamDeletedError);
    const last = { direction: BACKWARDS, fromPosition: END, maxCount: 1 } as const;
    for await (const { event } of store.client.readAll(last)) {
      expect(event).toMatchObject({
        streamId: stream,
        type: '$streamDeleted',
        revision: 9_223_372_036_854_775_807n,
      });
    }
  });

  it('may never have been, and may have been deleted before', async () => {
    const unborn = newStream();
    await store.client.tombstoneStream(unborn, { expectedRevision: NO_STREAM });
    await expect(append(unborn, 1)).rejects.toBeInstanceOf(StreamDeletedError);
    const deletedBefore = newStream();
    await append(deletedBefore, 1);
    await store.client.deleteStream(deletedBefore);
    await store.client.tombstoneStream(deletedBefore);
    await expect(append(deletedBefore, 1)).rejects.toBeInstanceOf(StreamDeletedError);
  });
});

it('reads a link as what it leads to, when asked', async () => {
  const target = newStream();
  await append(target, 2);
  const links = `links-${randomUUID()}`;
  await store.client.appendToStream(links, [
    { ...jsonEvent({ type: '$>', data: {} }), data: `1@${target}` as never },
  ]);
  for await (const { event, link } of store.client.readStream(links, { resolveLinkTos: true })) {
    // As JSON the Node client quotes the text: such a link leads nowhere, and is still shown.
    expect(event).toBeUndefined();
    expect(link).toMatchObject({ streamId: links, type: '$>' });
  }
});
