import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { settableClock, systemClock } from '../src/index.js';

describe("the machine's clock", () => {
  afterEach(() => void jest.restoreAllMocks());

  it('says each instant as it is, whether it was said before or not', () => {
    const clock = systemClock();
    const machine = jest.spyOn(Date, 'now');
    const said = [0, 0, 1, 0, -1, Date.UTC(2026, 0, 5, 9)].map((ms) => {
      machine.mockReturnValueOnce(ms);
      return clock.now();
    });
    expect(said).toEqual([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.001Z',
      '1970-01-01T00:00:00.000Z',
      '1969-12-31T23:59:59.999Z',
      '2026-01-05T09:00:00.000Z',
    ]);
  });
});

describe('a settable clock', () => {
  it('stands until it is moved', () => {
    const clock = settableClock('2026-01-05T09:00:00.000Z');
    expect(clock.now()).toBe('2026-01-05T09:00:00.000Z');
    clock.advance(1_500);
    expect(clock.now()).toBe('2026-01-05T09:00:01.500Z');
  });

  it('runs what has come due, earliest first, and not what was called off', async () => {
    const clock = settableClock('2026-01-05T09:00:00.000Z');
    const ran: string[] = [];
    clock.at('2026-01-05T11:00:00.000Z', () => ran.push('second'));
    clock.at('2026-01-05T10:00:00.000Z', () => ran.push('first'));
    clock.at('2026-01-05T10:30:00.000Z', () => ran.push('never'))();
    clock.at('2026-01-06T10:00:00.000Z', () => ran.push('tomorrow'));
    clock.set('2026-01-05T12:00:00.000Z');
    await Promise.resolve();
    expect(ran).toEqual(['first', 'second']);
  });
});
