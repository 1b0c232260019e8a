import { describe, expect, it } from '@jest/globals';
import { staleFetches } from '../src/kafka/stale-fetches.js';

describe('what was fetched for the assignment before', () => {
  it('is possible until every broker that was asked then is asked anew', () => {
    const stale = staleFetches();
    stale.started('1');
    stale.started('2');
    expect(stale.possible).toBe(false);
    // The leader of a partition has moved: broker 1 says so, broker 2 still answers.
    stale.joined();
    expect(stale.possible).toBe(true);
    stale.started('1');
    expect(stale.possible).toBe(true);
    stale.started('2');
    expect(stale.possible).toBe(false);
    stale.started('3');
    expect(stale.possible).toBe(false);
  });

  it('ends for a broker that is never asked again', () => {
    let now = 0;
    const stale = staleFetches(() => now);
    stale.started('1');
    stale.joined();
    now = 14_999;
    expect(stale.possible).toBe(true);
    now = 15_000;
    expect(stale.possible).toBe(false);
  });
});
