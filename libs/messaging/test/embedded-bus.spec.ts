import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openFile, type GroupCommitFile } from '@countersign/group-commit';
import { joinGroup, numbered, range, waitUntil } from '../src/conformance/harness.js';
import { busWriter } from '../src/embedded/bus-writer.js';
import { embeddedBus, type EmbeddedBusOptions } from '../src/embedded/embedded-bus.js';
import { recordMaxBytes, type Bus } from '../src/port.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
const opened: { file: GroupCommitFile; bus: Bus }[] = [];

const open = (options: EmbeddedBusOptions = {}, at = mkdtempSync(join(folder, 'bus-'))) => {
  const path = join(at, 'bus.db');
  const file = openFile({ path, modules: [busWriter], synchronous: 'OFF' });
  const operations: string[] = [];
  const counting: GroupCommitFile = {
    ...file,
    submit: (operation, args, submission) => {
      operations.push(operation);
      return file.submit(operation, args, submission);
    },
  };
  const bus = embeddedBus(counting, options);
  opened.push({ file, bus });
  const harness = { bus, patienceMs: 4_000 } as Parameters<typeof joinGroup>[0];
  return { at, bus, file, operations, harness };
};
const closeAll = async () => {
  for (const { bus, file } of opened.splice(0)) {
    await bus.close();
    await file.close();
  }
};
afterEach(closeAll);

const stored = (file: GroupCommitFile, sql = 'select count(*) as n from bus_records') =>
  (file.reader.prepare(sql).get() as { n: number }).n;

describe('the embedded bus', () => {
  it('removes what every known group has committed, and goes on counting offsets', async () => {
    const { at, bus, file, harness } = open({ trimBatch: 10 });
    const one = await joinGroup(harness, 'work', { group: 'one' });
    const two = await joinGroup(harness, 'work', { group: 'two' });
    for (let n = 0; n < 100; n += 20) await bus.publish(numbered('work', n, 20));
    await Promise.all([one.count(100), two.count(100)]);
    await one.commit();
    expect(stored(file)).toBe(100);
    await two.commit();
    await waitUntil(harness, () => stored(file) === 1, 'all but the newest record trimmed');
    const last = one.records.at(-1)!.offset;
    await closeAll();

    const again = open({}, at);
    await again.bus.publish(numbered('work', 100, 1));
    const member = await joinGroup(again.harness, 'work', { group: 'one' });
    await member.count(1);
    expect(member.numbers()).toEqual([100]);
    expect(member.records[0]!.offset).toBeGreaterThan(last);
  });

  it('keeps the topics that are to be kept, and those that no group has read', async () => {
    const { bus, file, harness } = open({ trimBatch: 1, keep: ['kept'] });
    const member = await joinGroup(harness, 'kept', { group: 'one' });
    await bus.publish([...numbered('kept', 0, 20), ...numbered('unread', 0, 20)]);
    await member.count(20);
    await member.commit();
    await bus.publish(numbered('kept', 20, 1));
    expect(stored(file)).toBe(41);
  });

  it('hands on what was published without reading it back, as the same objects', async () => {
    const { bus, harness } = open();
    const member = await joinGroup(harness, 'work', { group: 'one' });
    await bus.publish(numbered('work', 0, 1));
    await member.count(1);
    const sent = numbered('work', 1, 5);
    await bus.publish(sent);
    await member.count(6);
    expect(member.records.slice(1).map(({ headers }) => headers)).toEqual(
      sent.map(({ headers }) => headers),
    );
    for (const [n, record] of sent.entries()) {
      expect(member.records[n + 1]!.headers).toBe(record.headers);
    }
  });

  it('writes many commits as few: while one is under way the latest wins', async () => {
    const { bus, operations, harness } = open();
    const member = await joinGroup(harness, 'work', { group: 'one' });
    await bus.publish(numbered('work', 0, 100));
    await member.count(100);
    const [assignment] = member.assignments;
    await Promise.all(member.records.map(({ offset }) => assignment!.commit(offset)));
    expect(operations.filter((name) => name === 'bus.commit').length).toBeLessThanOrEqual(2);
  });

  it('falls back to the file when a member lets too many bytes wait, and loses none', async () => {
    const { bus, harness } = open({ queueMaxBytes: 64, batchMax: 4 });
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const member = await joinGroup(harness, 'work', { group: 'one', deliver: () => held });
    for (let n = 0; n < 200; n += 1) await bus.publish(numbered('work', n, 1));
    release();
    await member.count(200);
    expect(member.numbers()).toEqual(range(0, 200));
  });

  it('refuses a record that a broker would not take, before anything is published', async () => {
    const { bus, file } = open();
    const value = 'é'.repeat(recordMaxBytes / 2 + 1);
    const large = { topic: 'work', key: 'a', value, headers: {} };
    await expect(bus.publish([...numbered('work', 0, 1), large])).rejects.toMatchObject({
      name: 'RecordTooLarge',
    });
    expect(stored(file)).toBe(0);
    const fits = { ...large, value: 'é'.repeat(recordMaxBytes / 2) };
    await bus.publish([fits]);
    expect(stored(file)).toBe(1);
  });

  it('says BusUnavailable when it or its file is closed', async () => {
    const { bus, file } = open();
    await file.close();
    await expect(bus.publish(numbered('work', 0, 1))).rejects.toMatchObject({
      name: 'BusUnavailable',
    });
    await bus.close();
    await expect(bus.publish(numbered('work', 0, 1))).rejects.toMatchObject({
      name: 'BusUnavailable',
    });
    expect(() => bus.browse('work')).toThrow('closed');
  });

  it('is one of its kind on a file', () => {
    const { file } = open();
    const bus = embeddedBus(file);
    expect(() => embeddedBus(file)).toThrow('already has a bus');
    return bus.close();
  });
});
