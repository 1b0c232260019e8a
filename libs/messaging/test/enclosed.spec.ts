import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { embeddedStore, eventStoreWriter, type EventStore } from '@countersign/event-store';
import { openFile, type GroupCommitFile } from '@countersign/group-commit';
import { numbered } from '../src/conformance/harness.js';
import { busWriter } from '../src/embedded/bus-writer.js';
import { embeddedBus } from '../src/embedded/embedded-bus.js';
import type { Bus, ReceivedRecord } from '../src/port.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
const topic = 'enclosed.v1';
let files = 0;
let file: GroupCommitFile;
let store: EventStore;
let bus: Bus;
let received: ReceivedRecord[];

beforeEach(async () => {
  const path = join(folder, `enclosed-${(files += 1)}.db`);
  file = openFile({ path, modules: [eventStoreWriter, busWriter], synchronous: 'OFF' });
  store = embeddedStore(file);
  bus = embeddedBus(file);
  received = [];
  const deliver = async (records: readonly ReceivedRecord[]) => void received.push(...records);
  await bus.consume({ group: 'g', topics: [topic], deliver });
});
afterEach(async () => {
  await bus.close();
  await store.close();
  await file.close();
});

const id = (n: number) => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;
const event = (n: number) => ({ id: id(n), type: 'Happened', data: { n }, metadata: {} });
const append = (expected: number | 'no-stream', n: number, published: string[]) => {
  const enclosure = bus.enclose!(numbered(topic, n, 1), () => void published.push(`of ${n}`));
  return store.append('stream-1', expected, [event(n)], enclosure);
};
const values = async () => {
  const kept: unknown[] = [];
  for await (const { value } of bus.browse(topic)) kept.push(value);
  return kept;
};
const valueOf = (n: number) => numbered(topic, n, 1)[0]!.value;

describe('records enclosed with an append', () => {
  it('are durable and on their way when it resolves, in order with those published alone', async () => {
    const published: string[] = [];
    await Promise.all([
      append('no-stream', 0, published),
      bus.publish(numbered(topic, 1, 1)),
      append(0, 2, published),
    ]);
    expect(published).toEqual(['of 0', 'of 2']);
    await new Promise(setImmediate);
    expect(received.map(({ value }) => value)).toEqual([0, 1, 2].map(valueOf));
    expect(await values()).toEqual([0, 1, 2].map(valueOf));
  });

  it('are not published when it conflicts, nor when it was written before', async () => {
    const published: string[] = [];
    await append('no-stream', 0, published);
    await append('no-stream', 0, published);
    await expect(append('no-stream', 1, published)).rejects.toThrow('expected revision');
    await new Promise(setImmediate);
    expect(published).toEqual(['of 0']);
    expect(received.map(({ value }) => value)).toEqual([valueOf(0)]);
  });

  it('are refused when they are too large, or the bus is closed', async () => {
    const [record] = numbered(topic, 0, 1);
    const large = { ...record!, value: 'x'.repeat(1_100_000) };
    expect(() => bus.enclose!([large], () => undefined)).toThrow('at most');
    await bus.close();
    expect(() => bus.enclose!([record!], () => undefined)).toThrow('closed');
  });
});
