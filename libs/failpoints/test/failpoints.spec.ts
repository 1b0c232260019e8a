import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { failpointsFrom, noFailpoints } from '../src/index.js';

const pointsFrom = (spec: string) => {
  const told: string[] = [];
  const failpoints = failpointsFrom(spec, (point) => void told.push(point));
  return { told, reach: (point: string) => failpoints.reach(point) };
};

describe('failpoints', () => {
  it('do nothing where nothing is asked for', () => {
    expect(failpointsFrom(' ', () => undefined)).toBe(noFailpoints);
    expect(pointsFrom('other.point=throw').reach('this.point')).toBeUndefined();
  });

  it('throw once, at the hit that was asked for, and say so before', () => {
    const { reach, told } = pointsFrom('intake.before_append=throw@2, agent.after_claim=throw');
    reach('intake.before_append');
    expect(told).toEqual([]);
    expect(() => reach('intake.before_append')).toThrow('failpoint intake.before_append');
    expect(told).toEqual(['intake.before_append']);
    expect(reach('intake.before_append')).toBeUndefined();
    expect(() => reach('agent.after_claim')).toThrow('failpoint agent.after_claim');
  });

  it('delay every time from the hit on', async () => {
    const { reach, told } = pointsFrom('intake.before_append=delay:1@2');
    expect(reach('intake.before_append')).toBeUndefined();
    await reach('intake.before_append');
    await reach('intake.before_append');
    expect(told).toHaveLength(2);
  });

  it('wait, and do not count, until the file exists that arms them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-failpoints-'));
    const file = join(folder, 'armed');
    const { reach } = pointsFrom(`intake.before_append=throw@2 when ${file}`);
    for (let n = 0; n < 5; n += 1) reach('intake.before_append');
    writeFileSync(file, '');
    reach('intake.before_append');
    expect(() => reach('intake.before_append')).toThrow('failpoint intake.before_append');
    rmSync(folder, { recursive: true });
  });

  it.each(['intake', 'intake=explode', 'a.b=kill@', 'a.b=kill@1 when', 'a.b=delay'])(
    'cannot be read from "%s", and say how to write them',
    (spec) => {
      expect(() => failpointsFrom(spec, () => undefined)).toThrow('write point=kill@n');
    },
  );
});
