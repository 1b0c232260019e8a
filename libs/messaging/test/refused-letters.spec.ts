import { describe, expect, it } from '@jest/globals';
import { readDeadLetter } from '../src/dead-letters.js';
import { Unacceptable } from '../src/failures.js';
import { numberOf, range } from '../src/conformance/harness.js';
import { RecordTooLarge, type ReceivedRecord } from '../src/port.js';
import { refusedLetters } from '../src/refused-letters.js';
import { letters, record, scratchLanes } from './scratch-lanes.js';
import { until, type ScratchWorld } from './scratch-world.js';

const { openWorld, run } = scratchLanes();
const topic = 'intake.crm.v1';
const caseId = '6b0f1c5e-5d0a-5a38-9f54-0d6f1e0c8a01';

/** Refuses the numbers in `bad`, the way intake does; throws a fault at those in `faulty`. */
const taking =
  (bad: ReadonlySet<number>, done: number[], faulty = new Set<number>()) =>
  async (received: ReceivedRecord) => {
    const n = numberOf(received);
    if (faulty.has(n)) throw new TypeError('a bug at "Ana Silva"');
    if (bad.has(n)) {
      const about = n % 2 === 0 ? { caseId, id: `up-${n}`, type: 'ticket.v1' } : undefined;
      throw new Unacceptable('schema', '/data must be an object', { about });
    }
    done.push(n);
  };
const open = async (bad: Set<number>, done: number[] = [], faulty = new Set<number>()) => {
  const world = openWorld();
  const take = taking(bad, done, faulty);
  const lanes = await run(world, take, { topics: [topic], ordered: false });
  return { world, lanes, refused: refusedLetters({ service: 'agent', take, ...world }) };
};
const send = (world: ScratchWorld, key: string, ...numbers: number[]) =>
  world.bus.publish(numbers.map((n) => record(key, n, { topic })));

describe('a record that promised no order and is refused (I18)', () => {
  it('fences nobody: later records of its key are taken, and no fence is written', async () => {
    const done: number[] = [];
    const { world, lanes } = await open(new Set([1, 3]), done);
    await send(world, 'one key', ...range(0, 6));
    await until(() => done.length === 4, 'all others');
    await until(async () => (await letters(world)).length === 2, 'both refused');
    expect(done).toEqual([0, 2, 4, 5]);
    expect(lanes.fences.open).toEqual([]);
    expect(await world.store.read('fence-agent')).toEqual([]);
  });

  it('goes by its case where that is known, else by its source, and by nothing that upstream said', async () => {
    const { world } = await open(new Set([0, 1]));
    await send(world, 'ana@example.org', 0, 1);
    await until(async () => (await letters(world)).length === 2, 'both');
    const [known, unknown] = await letters(world);
    expect([known!.key, unknown!.key]).toEqual([caseId, 'crm']);
    expect(readDeadLetter(known!)).toMatchObject({
      fence: '',
      key: caseId,
      messageId: 'up-0',
      messageType: 'ticket.v1',
      cause: { code: 'schema' },
      record: { topic, key: 'ana@example.org', value: '0' },
    });
    expect(readDeadLetter(unknown!)).toMatchObject({ key: 'crm', messageId: '', messageType: '' });
    expect(world.log.lines.join()).not.toContain('ana@');
  });

  it('is tried three times when it is our fault, and holds nobody up then either', async () => {
    const done: number[] = [];
    const { world } = await open(new Set(), done, new Set([0]));
    await send(world, 'k', 0, 1);
    await until(() => done.includes(1), 'the next one');
    const [letter] = await letters(world);
    expect(readDeadLetter(letter!).cause).toEqual({
      code: 'handler-failed',
      text: 'TypeError: a bug at …',
    });
  });

  it('is no request for a replay, whatever its headers say', async () => {
    const done: number[] = [];
    const { world } = await open(new Set(), done);
    const headers = { replay_fence: 'x', dead_fence: 'x', dead_value_sha256: 'x' };
    await world.bus.publish([record('k', 5, { topic, headers })]);
    await until(() => done.includes(5), 'taken like any other');
  });

  it('passes no offset before its letter is durable, and is listed once when it came twice', async () => {
    const { world, lanes, refused } = await open(new Set([0]));
    world.outages.publish = (to) => to.includes('dead-letters');
    await send(world, 'k', 0);
    await until(() => lanes.state.name === 'paused', 'paused');
    world.outages.publish = () => false;
    await until(async () => (await letters(world)).length === 1, 'a letter');
    const [letter] = await letters(world);
    const { topic: to, key, value, headers } = letter!;
    await world.bus.publish([{ topic: to, key, value, headers }]);
    expect((await refused.list()).total).toBe(1);
  });
});

describe('a dead letter that is larger than a record may be', () => {
  it('keeps the beginning, the size and the digest of its value, and is not taken again', async () => {
    const { world, refused } = await open(new Set([7]));
    const { publish } = world.bus;
    let cutOnce = false;
    world.bus.publish = async (records) => {
      const tooLarge = records.some(
        ({ headers }) => headers['dead_topic'] && !headers['dead_value_bytes'],
      );
      if (tooLarge) {
        cutOnce = true;
        throw new RecordTooLarge('1048588 bytes');
      }
      return publish(records);
    };
    const value = `7${' '.repeat(400_000)}`;
    const headers = { big: 'x'.repeat(40_000), ce_id: 'id' };
    await publish([record('k'.repeat(5_000), 7, { topic, value, headers })]);
    await until(async () => (await letters(world)).length === 1, 'a letter');
    expect(cutOnce).toBe(true);
    const letter = readDeadLetter((await letters(world))[0]!);
    expect(letter.record.value.length).toBe(256 * 1024);
    expect(letter.cut).toEqual({ bytes: 400_001, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(letter.record.headers).toEqual({});
    const [again] = await refused.replay((await refused.list()).letters, { by: 'sam' });
    expect(again).toMatchObject({ became: 'refused', cause: { code: 'cut' } });
  });
});

describe('refused records among the dead letters', () => {
  it('are found by place, case, or the id that upstream gave', async () => {
    const { world, refused } = await open(new Set([0, 1, 2]));
    await send(world, 'k', 0, 1, 2);
    await until(async () => (await refused.list()).total === 3, 'three');
    const numbers = async (name: string) =>
      (await refused.show(name)).map(({ record: { value } }) => String(value));
    expect(await numbers(caseId)).toEqual(['0', '2']);
    expect(await numbers('up-2')).toEqual(['2']);
    expect(await numbers('crm')).toEqual(['1']);
    expect(await numbers(`${topic}@0-2`)).toEqual(['1']);
    expect(await numbers('')).toEqual([]);
    expect((await refused.list(({ messageId }) => messageId === 'up-0')).total).toBe(1);
  });

  it('are taken again when that has become possible, and listed no more; by whom is kept', async () => {
    const done: number[] = [];
    const bad = new Set([0, 1]);
    const { world, refused } = await open(bad, done);
    await send(world, 'k', 0, 1);
    await until(async () => (await refused.list()).total === 2, 'two');
    const { letters: both } = await refused.list();
    const dry = await refused.replay(both, { by: 'sam', dryRun: true });
    expect(dry.map(({ became }) => became)).toEqual(['would-be-taken', 'would-be-taken']);
    expect(done).toEqual([]);

    bad.delete(0);
    const replayed = await refused.replay(both, { by: 'sam' });
    expect(replayed.map(({ became }) => became)).toEqual(['taken', 'refused']);
    expect(done).toEqual([0]);
    expect((await refused.list()).letters).toMatchObject([{ record: { value: '1' } }]);
    const giveUp = () => true;
    const [gone] = await refused.replay([both[1]!], { by: 'paul', giveUp });
    expect(gone).toMatchObject({ became: 'given-up' });
    expect((await refused.list()).total).toBe(0);
    expect(await world.store.read('fence-agent')).toMatchObject([
      { type: 'LetterSettled', data: { topic, offset: 1, how: 'taken', by: 'sam' } },
      { type: 'LetterSettled', data: { topic, offset: 2, how: 'given-up', by: 'paul' } },
    ]);
    expect(await letters(world)).toHaveLength(2);
  });

  it('are listed in bounded memory: the newest that fit, and all of them counted (I24)', async () => {
    const world = openWorld();
    const letterOf = (n: number) => ({
      ...{ topic: 'agent.dead-letters.v1', key: 'crm', value: ' '.repeat(1_000_000) },
      headers: {
        ...{ dead_topic: topic, dead_partition: '0', dead_offset: String(n), dead_record_key: 'k' },
        ...{ dead_key: 'crm', dead_fence: '', dead_id: '', dead_type: '', dead_behind: 'false' },
        ...{ dead_code: 'too-large', dead_cause: 'x' },
        ...{ dead_first_failed_at: '', dead_last_failed_at: '' },
      },
    });
    for (const n of range(0, 20)) await world.bus.publish([letterOf(n)]);
    const many = refusedLetters({ service: 'agent', take: async () => undefined, ...world });
    const { letters: listed, total } = await many.list();
    expect(total).toBe(20);
    expect(listed.map(({ record: { offset } }) => offset)).toEqual(range(4, 20));
  });

  it('are settled once, also when two people ask at the same time', async () => {
    const bad = new Set([0]);
    const { world, refused } = await open(bad);
    const take = taking(new Set(), []);
    const other = refusedLetters({ service: 'agent', take, ...world });
    await send(world, 'k', 0);
    await until(async () => (await refused.list()).total === 1, 'one');
    bad.clear();
    const { letters: found } = await refused.list();
    await other.list();
    await Promise.all([refused.replay(found, { by: 'sam' }), other.replay(found, { by: 'paul' })]);
    expect(await world.store.read('fence-agent')).toHaveLength(1);
  });

  it('says nothing of a letter when store or bus is what failed', async () => {
    const { world, refused } = await open(new Set([0]));
    await send(world, 'k', 0);
    await until(async () => (await refused.list()).total === 1, 'one');
    const away = Object.assign(new Error('away'), { name: 'StoreUnavailable' });
    const blocked = refusedLetters({
      service: 'agent',
      ...world,
      take: () => Promise.reject(away),
    });
    const { letters: found } = await blocked.list();
    await expect(blocked.replay(found, { by: 'sam' })).rejects.toBe(away);
    expect((await refused.list()).total).toBe(1);
  });
});
