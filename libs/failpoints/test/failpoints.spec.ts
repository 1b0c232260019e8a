import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { failpointsFrom, noFailpoints } from '../src/index.js';

const flags = ['--input-type=module', '--disable-warning=ExperimentalWarning'];
const script = `
  import { failpointsFrom } from '${join(import.meta.dirname, '../src/index.ts')}';
  const failpoints = failpointsFrom(process.env.SPEC, () => {});
  setTimeout(() => console.log('others go on'), 5);
  for (;;) {
    await failpoints.reach('p');
    console.log('passed');
  }`;

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

  it('kill the process, at once or after having held the point', () => {
    const dying = (spec: string) =>
      spawnSync(process.execPath, [...flags, '-e', script], {
        env: { SPEC: spec },
        encoding: 'utf8',
      });
    expect(dying('p=kill@2')).toMatchObject({ signal: 'SIGKILL', stdout: 'passed\n' });
    const held = dying('p=kill:30');
    expect(held).toMatchObject({ signal: 'SIGKILL', stdout: 'others go on\n' });
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

  it.each(['intake', 'intake=explode', 'a.b=kill@', 'a.b=kill@1 when', 'a.b=delay', 'a.b=throw:5'])(
    'cannot be read from "%s", and say how to write them',
    (spec) => {
      expect(() => failpointsFrom(spec, () => undefined)).toThrow('write point=kill@n');
    },
  );
});
