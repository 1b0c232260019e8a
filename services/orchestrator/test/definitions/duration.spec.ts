import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { durationMaxMs, durationMs } from '../../src/definitions/duration.js';

const part = (max: number) => fc.nat({ max });

describe('a duration', () => {
  it('is the sum of its parts, in any mix of them', () => {
    fc.assert(
      fc.property(part(300), part(99), part(999), part(9_999), (days, hours, minutes, seconds) => {
        const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
        const time = `T${hours}H${minutes}M${seconds}S`;
        expect(durationMs(`P${days}D${time}`)).toBe(ms > 0 ? ms : undefined);
      }),
    );
  });

  it.each([
    ['PT2M', 120_000],
    ['PT48H', 172_800_000],
    ['P1D', 86_400_000],
    ['P2W', 14 * 86_400_000],
    ['P400D', durationMaxMs],
    ['P1DT12H', 129_600_000],
  ])('%s is %i ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    'PT0S',
    'P1M',
    'P1Y',
    '48h',
    'PT1.5H',
    'PT-1H',
    '-PT1H',
    'P401D',
  ])('"%s" is none', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });

  it('is nothing else, whatever is written', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = durationMs(text);
        expect(ms === undefined || (ms > 0 && ms <= durationMaxMs)).toBe(true);
      }),
    );
  });
});
