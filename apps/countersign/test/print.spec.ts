import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { duration, plain, relative, table } from '../src/commands/print.js';

const obeyed =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

describe('text of others in the terminal', () => {
  it('shows what would be obeyed or not be seen', () => {
    expect(plain('pay\u202e 5\u200b0 \u001b[31mnow')).toBe(
      'pay⟦U+202E⟧ 5⟦U+200B⟧0 ⟦U+001B⟧[31mnow',
    );
    expect(plain('\u{e0041}')).toBe('⟦U+E0041⟧');
  });

  it('stays as it is where it is only letters, in any script', () => {
    for (const text of ['Straße 1', 'المنزل', '注文 A-1001', 'naïve 😀', 'a\tb\nc']) {
      expect(plain(text)).toBe(text);
    }
  });

  it('never moves the cursor and never turns the direction of writing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !obeyed.test(plain(text))));
  });
});

describe('a table', () => {
  it('has columns as wide as their content, and a last one that is as long as it likes', () => {
    expect(
      table(
        ['case', 'state'],
        [
          ['1', 'awaiting-approval'],
          ['1234567', 'x'],
        ],
      ),
    ).toEqual(['case     state', '1        awaiting-approval', '1234567  x']);
  });

  it('is its head alone when there is nothing', () => {
    expect(table(['case', 'state'], [])).toEqual(['case  state']);
  });
});

describe('how long', () => {
  it.each([
    [0, '0 ms'],
    [320.4, '320 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [61_500, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
    [172_800_000, '2 d'],
    [86_405_000, '1 d 5 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('is said as ago or ahead', () => {
    const now = '2026-01-05T09:00:00.000Z';
    expect(relative('2026-01-05T08:59:00.000Z', now)).toBe('1 min ago');
    expect(relative('2026-01-07T09:00:00.000Z', now)).toBe('in 2 d');
  });
});
