import { beforeAll, describe, expect, it } from '@jest/globals';
import { killPoints, laterKills } from './kill-points.js';
import { each, killRun, type KillRun } from './kill-run.js';
import { approvedCase } from './approved-case.js';
import { keptOf, withoutRepeats } from './what-is-kept.js';
import { findingsIn, troubleIn } from './what-must-hold.js';

const kills = [...killPoints, ...laterKills];
const lanes = [kills.filter((_, n) => n % 2 === 0), kills.filter((_, n) => n % 2 === 1)];
let runs: KillRun[];

beforeAll(async () => {
  runs = await Promise.all(lanes.map((lane, n) => killRun(each(lane), 600_000 + n * 1_000)));
}, 600_000);

const runOf = (kill: string): KillRun => runs[lanes.findIndex((lane) => lane.includes(kill))]!;

describe('A1 A2 D9 a case whose process is never killed', () => {
  it.each([0, 1])('is the measure of the others (lane %i)', (lane) => {
    expect(keptOf(runs[lane]!.everything.events, 'undisturbed')).toEqual(approvedCase);
  });
});

describe('A1 A2 D9 a process that is killed by SIGKILL', () => {
  it.each(kills)('at %s was killed there', (kill) => {
    expect(runOf(kill).fired.get(kill)).toMatchObject({
      signal: 'SIGKILL',
      fired: [kill.split('@')[0]],
    });
  });

  it.each(kills)('at %s keeps what an undisturbed one keeps (I5, I6, I8)', (kill) => {
    const { events } = runOf(kill).everything;
    const undisturbed = keptOf(events, 'undisturbed');
    expect(withoutRepeats(keptOf(events, kill), undisturbed)).toEqual(undisturbed);
  });

  it.each(kills)('at %s leaves one effect for the case (I3)', (kill) => {
    expect(runOf(kill).effects.get(kill)).toBe(1);
  });
});

describe('A store whose process was killed two dozen times', () => {
  it.each([0, 1])('I7 I10 I21 holds what any store must hold (lane %i)', (lane) => {
    expect(findingsIn(runs[lane]!.everything)).toEqual([]);
  });

  it.each([0, 1])('has nothing buried, refused or contradicted (lane %i)', (lane) => {
    expect(troubleIn(runs[lane]!.everything)).toEqual([]);
  });

  it.each([0, 1])(
    'I3 has one effect for each case, and none that is nobody’s (lane %i)',
    (lane) => {
      const { effects } = runs[lane]!;
      expect(effects.size).toBe(lanes[lane]!.length + 1);
      expect(new Set(effects.values())).toEqual(new Set([1]));
    },
  );
});
