import { describe, expect, it } from '@jest/globals';
import {
  effectIdOf,
  ignore,
  record,
  walk,
  wayTo,
  type Fact,
  type ProcessManager,
  type Told,
} from '../src/index.js';

// A door that somebody asks to be opened, and that somebody opens, any number of times.
type Input = { type: 'Ask' } | { type: 'Open'; answers: string };
type DoorFact = Fact<'Asked', { turn: number }> | Fact<'Opened', { answers: string }>;
type State = {
  readonly turn: number;
  readonly asked: string | null;
  readonly known: { n: number };
};

const door = (turnsMax: number): ProcessManager<Input, DoorFact, State> => ({
  initial: { turn: 0, asked: null, known: { n: 0 } },
  decide: ({ body }, { asked, turn }) => {
    if (body.type === 'Ask') {
      if (asked !== null || turn === turnsMax) return ignore('not now');
      return record({ type: 'Asked', data: { turn } });
    }
    if (body.answers !== asked) return ignore('not outstanding');
    return record({ type: 'Opened', data: { answers: asked } });
  },
  evolve: (state, event) =>
    event.type === 'Asked'
      ? { ...state, asked: effectIdOf(event.id, 'OpenDoor') }
      : { ...state, asked: null, turn: state.turn + 1 },
  react: (event) =>
    event.type === 'Asked'
      ? [{ name: 'OpenDoor', topic: 'doors', type: 'OpenDoor', data: event.data }]
      : [],
});

const tell = (body: Input, n: number): Told<Input> => ({
  id: `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`,
  actor: { type: 'human', id: 'ana' },
  occurredAt: '2026-01-05T09:00:00.000Z',
  recordedAt: '2026-01-05T09:00:00.000Z',
  body,
});

/** Remembers every request; says each input that could be said, and one to nobody's request. */
const walkDoor = (process: ProcessManager<Input, DoorFact, State>, placesMax?: number) =>
  walk({
    process,
    inputsIn: ({ seen }) => [
      tell({ type: 'Ask' }, seen.length + 1),
      tell({ type: 'Open', answers: 'nobody asked' }, 99),
      ...seen.map((answers, n) => tell({ type: 'Open', answers }, 100 + n)),
    ],
    onlooker: {
      initial: [] as readonly string[],
      see: (seen, { effects }) => [
        ...seen,
        ...effects.map(({ eventId, effect }) => effectIdOf(eventId, effect.name)),
      ],
    },
    ...(placesMax !== undefined && { placesMax }),
  });

describe('the walk', () => {
  const walked = walkDoor(door(2));

  it('reaches every place by every input, late and foreign ones too', () => {
    expect(walked.places.map(({ state }) => [state.turn, state.asked !== null])).toEqual([
      [0, false],
      [0, true],
      [1, false],
      [1, true],
      [2, false],
    ]);
    expect(walked.moves).toHaveLength(4);
    // 2 + 3 + 3 + 4 + 4 inputs in all; what did not move stood still.
    expect(walked.stillnesses).toHaveLength(12);
  });

  it('says how a place was reached', () => {
    expect(wayTo(walked.places[0]!)).toBe('the start');
    expect(wayTo(walked.places[3]!)).toBe('Ask → Open → Ask');
  });

  it('numbers events on along the way', () => {
    expect(walked.moves.map(({ events }) => events[0]!.revision)).toEqual([0, 1, 2, 3]);
  });

  it('ends where it is told to', () => {
    const short = walk({
      process: door(2),
      inputsIn: ({ seen }) => [tell({ type: 'Ask' }, seen + 1)],
      onlooker: { initial: 0, see: (seen) => seen + 1 },
      until: ({ effects }) => effects.some(({ effect }) => effect.type === 'OpenDoor'),
    });
    expect(short.moves).toHaveLength(1);
  });

  it('takes places for one that differ only in ids', () => {
    const forgetful = walk({
      process: {
        ...door(9),
        evolve: (state, event) => ({ ...door(9).evolve(state, event), turn: 0 }),
      },
      inputsIn: ({ state }) => [
        tell({ type: 'Ask' }, state.asked ? 1 : 2),
        tell({ type: 'Ask' }, 3),
        ...(state.asked === null ? [] : [tell({ type: 'Open', answers: state.asked }, 4)]),
      ],
      onlooker: { initial: null, see: () => null },
    });
    expect(forgetful.places).toHaveLength(2);
  });
});

describe('broken twins of the door', () => {
  it('one that mutates its state cannot be walked', () => {
    const evolve: ReturnType<typeof door>['evolve'] = (state, event) => {
      state.known.n += 1;
      return door(2).evolve(state, event);
    };
    expect(() => walkDoor({ ...door(2), evolve })).toThrow(TypeError);
  });

  it('one that mutates what it is told cannot be walked', () => {
    const decide: ReturnType<typeof door>['decide'] = (told, state) => {
      (told as { id: string }).id = 'mine';
      return door(2).decide(told, state);
    };
    expect(() => walkDoor({ ...door(2), decide })).toThrow(TypeError);
  });

  it('one that hides its state cannot be walked', () => {
    const initial = { ...door(2).initial, known: new Set() as never };
    expect(() => walkDoor({ ...door(2), initial })).toThrow('plain data');
  });

  it('one without bounds is noticed', () => {
    expect(() => walkDoor(door(Infinity), 20)).toThrow('the walk does not end: 20 places');
  });
});
