import { beforeAll, describe, expect, it } from '@jest/globals';
import { approvedCase } from './approved-case.js';
import { killPoints } from './kill-points.js';
import { each, everyHit, killRun, type KillRun } from './kill-run.js';
import { keptOf, withoutRepeats } from './what-is-kept.js';
import { findingsIn, troubleIn } from './what-must-hold.js';

// Part of `npm run verify:full`: minutes, not seconds.

/** No case comes to a point so often: the sweep of a point ends where a kill does not happen. */
const hitsMax = 20;
/** A case may die twice before its call is answered; at the third time a person would be asked. */
const twice = (points: readonly string[]) => points.flatMap((point) => [point, `${point} again`]);

const sweeps = {
  'at every hit of every point': (points: readonly string[]) => everyHit(points, hitsMax),
  'at every point, and there again while it recovers': (points: readonly string[]) =>
    each(twice(points)),
};

describe.each(Object.entries(sweeps))('A1 A2 D9 a process killed %s', (name, sweep) => {
  const lanes = [0, 1].map((lane) => killPoints.filter((_, n) => n % 2 === lane));
  let runs: KillRun[];
  beforeAll(async () => {
    runs = await Promise.all(
      lanes.map((points, lane) => killRun(sweep(points), 700_000 + lane * 1_000)),
    );
    const kills = runs.reduce((sum, { fired }) => sum + fired.size, 0);
    process.stderr.write(`${name}: killed ${kills} times\n`);
  }, 1_800_000);

  it('dies at each of them by SIGKILL', () => {
    const fired = runs.flatMap((run) => [...run.fired]);
    expect(fired.filter(([, { signal }]) => signal !== 'SIGKILL')).toEqual([]);
    const points = new Set(fired.map(([kill]) => kill.split('@')[0]));
    expect(killPoints.filter((point) => !points.has(point))).toEqual([]);
  });

  it.each([0, 1])('keeps what an undisturbed one keeps (I5, I6, I8; lane %i)', (lane) => {
    const { effects, everything } = runs[lane]!;
    for (const id of effects.keys()) {
      const kept = withoutRepeats(keptOf(everything.events, id), approvedCase);
      expect({ id, ...kept }).toEqual({ id, ...approvedCase });
    }
  });

  it.each([0, 1])('leaves one effect for each case (I3; lane %i)', (lane) => {
    expect([...runs[lane]!.effects].filter(([, count]) => count !== 1)).toEqual([]);
  });

  it.each([0, 1])(
    'leaves a store that holds what any must hold (I7, I10, I21; lane %i)',
    (lane) => {
      expect(findingsIn(runs[lane]!.everything)).toEqual([]);
      expect(troubleIn(runs[lane]!.everything)).toEqual([]);
    },
  );
});
