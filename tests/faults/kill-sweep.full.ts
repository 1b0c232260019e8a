import { beforeAll, describe, expect, it } from '@jest/globals';
import { killPoints } from './kill-points.js';
import { each, everyHit, killRun, type KillAt, type KillRun } from './kill-run.js';
import type { Ending } from './killed-product.js';
import { approved, otherWays, type Scenario } from './scenarios.js';
import { keptOf, withoutRepeats } from './what-is-kept.js';
import { findingsIn, troubleIn } from './what-must-hold.js';

// Part of `npm run verify:full`: minutes, not seconds.

interface Sweep {
  readonly points: readonly string[];
  readonly scenario: Scenario;
  readonly kills: (points: readonly string[]) => (last: Ending | undefined) => KillAt | undefined;
}

/** No case comes to a point so often: the sweep of a point ends where a kill does not happen. */
const hitsMax = 20;
const atEveryHit = (points: readonly string[]) => everyHit(points, hitsMax);

/** A case may die twice before its call is answered; at the third time a person would be asked. */
const twice = (points: readonly string[]) =>
  each(points.flatMap((point) => [point, `${point} again`]));

/** What the other ways of a case are killed at: wherever something of it is written or done. */
const writing = killPoints.filter(
  (point) => !/handle|offset|before_publish|checkpoint/.test(point),
);

const sweeps: Readonly<Record<string, Sweep>> = {
  'at every hit of every point': { points: killPoints, scenario: approved, kills: atEveryHit },
  'at every point, and there again while it recovers': {
    points: killPoints,
    scenario: approved,
    kills: twice,
  },
  ...Object.fromEntries(
    otherWays.map((scenario) => [
      `at every hit, with a case ${scenario.name}`,
      { points: writing, scenario, kills: atEveryHit },
    ]),
  ),
};

describe.each(Object.entries(sweeps))('A1 A2 D9 a process killed %s', (name, sweep) => {
  const { points, scenario, kills } = sweep;
  const lanes = [0, 1].map((lane) => points.filter((_, n) => n % 2 === lane));
  let runs: KillRun[];
  beforeAll(async () => {
    runs = await Promise.all(
      lanes.map((lane, n) => killRun(kills(lane), 700_000 + n * 1_000, scenario)),
    );
    const count = runs.reduce((sum, { fired }) => sum + fired.size, 0);
    process.stderr.write(`killed ${count} times ${name}\n`);
  }, 1_800_000);

  it('dies at each of them by SIGKILL', () => {
    const fired = runs.flatMap((run) => [...run.fired]);
    expect(fired.filter(([, { signal }]) => signal !== 'SIGKILL')).toEqual([]);
    const hit = new Set(fired.map(([kill]) => kill.split('@')[0]));
    // On other ways not everything is reached: where nothing is executed, nobody can die of it.
    if (scenario === approved) expect(points.filter((point) => !hit.has(point))).toEqual([]);
    else expect(hit.size).toBeGreaterThan(points.length / 2);
  });

  it.each([0, 1])('keeps what an undisturbed one keeps (I5, I6, I8; lane %i)', (lane) => {
    const { effects, everything } = runs[lane]!;
    const undisturbed = keptOf(everything.events, 'undisturbed');
    expect(undisturbed.case[0]!.at(-1)).toContain(` ${scenario.outcome} `);
    for (const id of effects.keys()) {
      const kept = withoutRepeats(keptOf(everything.events, id), undisturbed);
      expect({ id, ...kept }).toEqual({ id, ...undisturbed });
    }
  });

  it.each([0, 1])('leaves as many effects as a case should have (I3; lane %i)', (lane) => {
    const { effects } = runs[lane]!;
    expect([...effects].filter(([, count]) => count !== scenario.effects)).toEqual([]);
  });

  it.each([0, 1])('leaves a store that holds what any must (I7, I10, I21; lane %i)', (lane) => {
    expect(findingsIn(runs[lane]!.everything)).toEqual([]);
    expect(troubleIn(runs[lane]!.everything)).toEqual([]);
  });
});
