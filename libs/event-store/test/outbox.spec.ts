import { describe, expect, it } from '@jest/globals';
import type { Enclosure } from '@countersign/group-commit';
import { outboxOf, type Asking, type Outbox } from '../src/outbox.js';
import { StoreUnavailable, WrongExpectedRevision, type Appended } from '../src/port.js';

const comparePositions = (a: string, b: string) => Number(a) - Number(b);
const event = (id: string) => ({ stored: { id } }) as unknown as Asking;
const stream = 'tally-1';

/** A store that writes at the next position, and publishes what was enclosed. */
const opened = () => {
  const outbox = outboxOf({ comparePositions });
  const went: string[] = [];
  let position = 0;
  const enclosed = new WeakMap<Enclosure, () => void>();
  const write = async (id: string, enclosure?: Enclosure): Promise<Appended> => {
    went.push(enclosure ? `${id} with its messages` : id);
    if (enclosure) enclosed.get(enclosure)!();
    return { revision: 0, position: String((position += 1)) };
  };
  const open = () =>
    outbox.open(async (_stream, [asking], published) => {
      const { id } = asking!.stored;
      if (id === 'unspeakable') throw new TypeError('no such message');
      if (id === 'silent') return undefined;
      const enclosure = {} as Enclosure;
      enclosed.set(enclosure, published);
      return { enclosure, eventIds: [id] };
    });
  const append = (id: string, caseId = 'case') =>
    outbox.append(caseId, stream, [event(id)], (enclosure) => write(id, enclosure));
  return { outbox, went, open, append, write };
};

const failing = (outbox: Outbox, id: string, error: Error) =>
  expect(
    outbox.append('case', stream, [event(id)], async () => {
      throw error;
    }),
  ).rejects.toBe(error);

describe('an outbox', () => {
  it('leaves everything to the relay until that follows live', async () => {
    const { outbox, went, open, append } = opened();
    await append('a');
    open();
    await append('b', 'another case');
    expect(went).toEqual(['a', 'b with its messages']);
    expect([outbox.wentAlong('a'), outbox.wentAlong('b')]).toEqual([false, true]);
  });

  it('lets nothing of a case past what its relay has still to publish', async () => {
    const { outbox, went, open, append } = opened();
    await append('a');
    open();
    await append('b');
    outbox.relayed('1', [{ id: 'a' }]);
    await append('c');
    outbox.relayed('3', [{ id: 'b' }, { id: 'c' }]);
    await append('d');
    expect(went).toEqual(['a', 'b', 'c', 'd with its messages']);
  });

  it('waits for an append that is under way to the relay', async () => {
    const { outbox, went, open, append, write } = opened();
    const gate = Promise.withResolvers<void>();
    const slow = outbox.append('case', stream, [event('a')], async () => {
      await gate.promise;
      return write('a');
    });
    open();
    outbox.relayed('9', []);
    await append('b');
    gate.resolve();
    await slow;
    outbox.relayed('9', []);
    await append('c');
    expect(went).toEqual(['b', 'a', 'c with its messages']);
  });

  it('leaves to the relay what follows an append of unknown outcome', async () => {
    const { outbox, went, open, append } = opened();
    open();
    await failing(outbox, 'a', new StoreUnavailable('away'));
    outbox.relayed('9', []);
    await append('a');
    expect(outbox.wentAlong('a')).toBe(false);
    outbox.relayed('1', [{ id: 'a' }]);
    await append('b');
    expect(went).toEqual(['a', 'b with its messages']);
  });

  it.each([true, false])(
    'is not held up by a race that was lost, live or not (%s)',
    async (live) => {
      const { outbox, went, open, append } = opened();
      if (live) open();
      await failing(outbox, 'a', new WrongExpectedRevision(stream, 0, 1));
      open();
      await append('b');
      expect(went).toEqual(['b with its messages']);
    },
  );

  it('leaves to the relay what cannot be enclosed, and what asks for nothing goes alone', async () => {
    const { went, open, append } = opened();
    open();
    await append('silent');
    await append('a');
    await append('unspeakable');
    await append('b');
    expect(went).toEqual(['silent', 'a with its messages', 'unspeakable', 'b']);
  });

  it('forgets what its relay has passed', async () => {
    const { outbox, open, append } = opened();
    open();
    await append('a');
    outbox.relayed('1', [{ id: 'a' }]);
    expect(outbox.wentAlong('a')).toBe(false);
  });

  it('says of an append that wrote nothing that its messages are the relay’s', async () => {
    const { outbox, open } = opened();
    open();
    const repeated = async () => ({ revision: 0, position: '1' });
    await outbox.append('case', stream, [event('a')], repeated);
    expect(outbox.wentAlong('a')).toBe(false);
  });
});
