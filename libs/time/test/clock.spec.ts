import { describe, expect, it } from '@jest/globals';
import { settableClock } from '../src/index.js';

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
