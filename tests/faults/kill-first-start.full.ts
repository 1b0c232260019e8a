import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { approvedCase } from './approved-case.js';
import { everythingIn } from './everything-kept.js';
import { openLane, type Lane } from './killed-product.js';
import { outsideOf } from './people-and-upstream.js';
import { untilQuiet } from './traffic.js';
import { keptOf, withoutRepeats } from './what-is-kept.js';
import { findingsIn, troubleIn } from './what-must-hold.js';

// Part of `npm run verify:full`. Keys, ids, files and definitions are made at the first start.

const instants = 16;
/** Loading the code comes first and leaves nothing behind. */
const loading = 0.4;

const withLane = async <Answer>(use: (lane: Lane) => Promise<Answer>): Promise<Answer> => {
  const lane = await openLane();
  try {
    return await use(lane);
  } finally {
    await lane.close();
  }
};

const startTakes = (): Promise<number> =>
  withLane(async (lane) => {
    const startedAt = performance.now();
    const running = lane.start();
    await running.up;
    const took = performance.now() - startedAt;
    await running.stop();
    return took;
  });

describe('A1 a process killed at its first start', () => {
  it(`starts again, whatever it was making (${instants} instants)`, async () => {
    const wholeMs = await startTakes();
    for (let n = 0; n < instants; n += 1) {
      const afterMs = wholeMs * (loading + ((1.1 - loading) * n) / instants);
      await withLane(async (lane) => {
        const killed = lane.start();
        await sleep(afterMs);
        await killed.kill();
        const running = lane.start();
        const addresses = await running.up;
        if (!addresses) throw new Error(`${afterMs} ms: ${(await running.ended).errors}`);
        const outside = outsideOf(running, addresses);
        const first = { id: 'first', order: 'A-6801' };
        await outside.submit(first);
        await outside.actUntilTold([first]);
        const data = join(lane.folder, 'data');
        await untilQuiet(data);
        expect((await running.stop()).code).toBe(0);
        const everything = await everythingIn(data);
        const kept = withoutRepeats(keptOf(everything.events, 'first'), approvedCase);
        expect(kept).toEqual(approvedCase);
        expect([...findingsIn(everything), ...troubleIn(everything)]).toEqual([]);
      });
    }
  }, 600_000);
});
