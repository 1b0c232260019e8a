import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { effectIdOf, eventIdOf, stamp } from '../src/index.js';

describe('ids follow from their cause', () => {
  it('as UUIDv5 has it, for any name', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string({ unit: 'grapheme' }), (cause, name) => {
        expect(effectIdOf(cause, name)).toBe(v5(name, cause));
      }),
    );
    const cause = 'B6F3C1DE-5C1C-5B57-9F0E-6D1F6C0A2F10';
    expect(eventIdOf(cause, 3)).toBe(v5('3', cause));
  });

  it('and from nothing that is no id', () => {
    expect(() => eventIdOf('case-1', 0)).toThrow('not a UUID: case-1');
  });
});

describe('a stamped fact', () => {
  const told = {
    id: 'b6f3c1de-5c1c-5b57-9f0e-6d1f6c0a2f10',
    actor: { type: 'human', id: 'ana' },
    occurredAt: '2026-01-05T09:00:00.000Z',
    recordedAt: '2026-01-05T09:00:01.000Z',
  } as const;
  const facts = [
    { type: 'Asked', data: { n: 1 }, opens: [{ name: 'late', dueAt: '2026-01-06T09:00:00.000Z' }] },
    { type: 'Told', data: { n: 2 }, settles: ['an-alarm'] },
  ];

  it('stands where it will be appended, under an id of its own', () => {
    const [asked, toldOf] = stamp(told, facts, 4);
    expect(asked).toEqual({
      id: eventIdOf(told.id, 0),
      type: 'Asked',
      data: { n: 1 },
      revision: 5,
      recordedAt: told.recordedAt,
      actor: told.actor,
      opens: [
        {
          id: effectIdOf(eventIdOf(told.id, 0), 'late'),
          name: 'late',
          dueAt: '2026-01-06T09:00:00.000Z',
        },
      ],
      settles: [],
    });
    expect(toldOf).toMatchObject({ id: eventIdOf(told.id, 1), revision: 6, settles: ['an-alarm'] });
  });

  it('is the same however often the input is handled', () => {
    expect(stamp(told, facts, -1)).toEqual(stamp(told, facts, -1));
  });
});
