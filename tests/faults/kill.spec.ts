import { beforeAll, describe, expect, it } from '@jest/globals';
import { killPoints } from './kill-points.js';
import { killRun, type KillRun } from './kill-run.js';

const points = killPoints.map((point) => `${point}=kill`);
const lanes = [points.filter((_, n) => n % 2 === 0), points.filter((_, n) => n % 2 === 1)];
let runs: KillRun[];

beforeAll(async () => {
  runs = await Promise.all(lanes.map((lane, n) => killRun(lane, 600_000 + n * 1_000)));
}, 240_000);

const runOf = (point: string): KillRun => runs[lanes.findIndex((lane) => lane.includes(point))]!;

describe('A1 A2 D9 a process that is killed by SIGKILL', () => {
  it.each(points)('at %s was killed there', (point) => {
    expect(runOf(point).fired.get(point)).toBe('SIGKILL');
  });

  it.each(points)('at %s keeps what an undisturbed one keeps (I5, I6, I8)', (point) => {
    const { kept, undisturbed } = runOf(point);
    expect(kept.get(point)).toEqual(undisturbed);
  });

  it.each(points)('at %s leaves one effect for the case (I3)', (point) => {
    const { effects, orders } = runOf(point);
    expect(effects.get(orders.get(point)!)).toBe(1);
  });
});
