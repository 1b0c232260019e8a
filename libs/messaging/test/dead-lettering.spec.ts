import { describe, expect, it } from '@jest/globals';
import { numberOf, range } from '../src/conformance/harness.js';
import { deadLetterDesk } from '../src/dead-letter-desk.js';
import { readDeadLetter } from '../src/dead-letters.js';
import { Unacceptable } from '../src/failures.js';
import { handling, letters, record, scratchLanes, topic } from './scratch-lanes.js';
import { until } from './scratch-world.js';

const { openWorld, run } = scratchLanes();

describe('a message that cannot be taken (I18)', () => {
  it('delays no other key, even while it waits for its next try', async () => {
    const world = openWorld();
    const never = { after: () => () => undefined, random: () => 0.5 };
    const done: number[] = [];
    await run(world, handling(new Set([0]), done), { waits: never });
    await world.bus.publish(range(0, 100).map((n) => record(`key-${n % 10}`, n)));
    await until(() => done.length === 90, 'every other key');
    expect(done.filter((n) => n % 10 === 0)).toEqual([]);
  });

  it('is dead-lettered as it came, with its cause, place and instants; its key is fenced', async () => {
    const world = openWorld();
    const lanes = await run(world, () => {
      world.clock.advance(1_000);
      throw new TypeError('cannot take "Ana Silva"', { cause: new Error('deeper') });
    });
    const value = new Uint8Array([1, 2, 255]);
    await world.bus.publish([record('case-1', 7, { value })]);
    await until(async () => (await letters(world)).length === 1, 'a dead letter');

    const [published] = await letters(world);
    expect(published!.key).toBe('case-1');
    expect(Buffer.from(published!.value as Uint8Array)).toEqual(Buffer.from(value));
    const letter = readDeadLetter(published!);
    expect(letter).toMatchObject({
      key: 'case-1',
      messageId: 'id-7',
      messageType: 'countersign.Test.v1',
      behind: false,
      cause: { code: 'handler-failed', text: 'TypeError: cannot take … ← Error: deeper' },
      firstFailedAt: '2026-01-05T09:00:01.000Z',
      lastFailedAt: '2026-01-05T09:00:03.000Z',
    });
    expect(letter.record).toEqual({
      ...record('case-1', 7),
      value: published!.value,
      partition: 0,
      offset: 1,
    });
    expect(lanes.fences.of(topic, 'case-1')).toMatchObject({ id: letter.fence, offset: 1 });
  });

  it('goes to the dead letters at once when it can never be taken', async () => {
    const world = openWorld();
    let tries = 0;
    await run(world, () => {
      tries += 1;
      throw new Unacceptable('unknown-type', 'no message type is called "Nonsense"');
    });
    await world.bus.publish([record('case-1', 0)]);
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    expect(tries).toBe(1);
    const { cause } = readDeadLetter((await letters(world))[0]!);
    expect(cause.code).toBe('unknown-type');
    expect(cause.text).toContain('"Nonsense"');
  });

  it('takes the later messages of its key along, marked as behind it, and no others', async () => {
    const world = openWorld();
    const done: number[] = [];
    const other = 'agent.answers.v1';
    await run(world, handling(new Set([2]), done), { topics: [topic, other] });
    await world.bus.publish([
      ...range(0, 10).map((n) => record(`key-${n % 2}`, n)),
      record('key-0', 10, { topic: other }),
    ]);
    await until(async () => (await letters(world)).length === 4, 'the poison and three behind');
    expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 3, 5, 7, 9, 10]);
    const read = (await letters(world)).map(readDeadLetter);
    expect(read.map((letter) => numberOf(letter.record))).toEqual([2, 4, 6, 8]);
    expect(read.map(({ behind }) => behind)).toEqual([false, true, true, true]);
    expect(read[1]!.cause).toMatchObject({ code: 'behind' });
  });

  it('passes no offset before its dead letter is durable', async () => {
    const world = openWorld();
    world.outages.publish = (to) => to.includes('dead-letters');
    let tries = 0;
    const poison = (r: { value: string | Uint8Array }) => {
      if (numberOf(r) === 1) throw new Error(`try ${(tries += 1)}`);
    };
    const lanes = await run(world, poison);
    await world.bus.publish([record('a', 0), record('b', 1), record('c', 2)]);
    await until(() => lanes.state.name === 'paused', 'paused');
    await lanes.close(20);
    const again: number[] = [];
    const second = await run(world, (r) => void again.push(numberOf(r)));
    await until(() => again.length > 0 && second.state.name === 'paused', 'paused again');
    await new Promise((resolve) => setTimeout(resolve, 30));
    // Its key was fenced before: it is not handled again, only buried.
    expect(again).toEqual([2]);
    expect(second.state.name).toBe('paused');
    world.outages.publish = () => false;
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    const { behind, cause } = readDeadLetter((await letters(world))[0]!);
    expect({ behind, cause: cause.text }).toEqual({ behind: false, cause: 'Error: try 3' });
    expect(tries).toBe(3);
  });

  it('passes no offset and is not tried anew while its fence cannot be appended', async () => {
    const world = openWorld();
    let tries = 0;
    const lanes = await run(world, () => {
      world.outages.store = true;
      throw new Error(`try ${(tries += 1)}`);
    });
    await world.bus.publish([record('a', 0)]);
    await until(() => lanes.state.name === 'paused', 'paused');
    expect(await letters(world)).toEqual([]);
    world.outages.store = false;
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    expect(tries).toBe(3);
    await until(() => lanes.state.name === 'running', 'running again');
  });

  it.each([
    ['key', { key: 'k'.repeat(300_000) }],
    ['id', { headers: { ce_id: 'i'.repeat(300_000) } }],
    ['type', { headers: { ce_type: 't'.repeat(300_000) } }],
  ])('holds nobody up when its %s is larger than an event may be (I18)', async (_, large) => {
    const world = openWorld();
    const done: number[] = [];
    const poison = new Set([0]);
    const lanes = await run(world, handling(poison, done));
    await world.bus.publish([record('a', 0, large), record('b', 1)]);
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    await until(() => done.includes(1), 'the other key');
    expect(lanes.state).toEqual({ name: 'running' });
    expect((await letters(world))[0]).toMatchObject({ value: '0' });
    poison.clear();
    const desk = deadLetterDesk({ service: 'agent', ...world });
    await desk.replay(lanes.fences.open[0]!.id, { by: 'sre:ana' });
    await until(() => done.includes(0), 'replayed');
    await until(() => lanes.fences.open.length === 0, 'lifted');
  });

  it('fences nobody else when it has no key; its dead letter goes by the name of its source', async () => {
    const world = openWorld();
    const done: number[] = [];
    const from = 'intake.crm.v1';
    await run(world, handling(new Set([0]), done), { topics: [from] });
    await world.bus.publish(range(0, 3).map((n) => record('', n, { topic: from })));
    await until(() => done.length === 2, 'the others');
    await until(async () => (await letters(world)).length === 1, 'a dead letter');
    const [published] = await letters(world);
    expect(published!.key).toBe('crm');
    expect(readDeadLetter(published!).record.key).toBe('');
  });
});
