import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { failpointsFrom, noFailpoints } from '../src/index.js';

const told: string[] = [];
const faults = (spec: string) => {
  told.length = 0;
  return failpointsFrom(spec, (point) => told.push(point));
};

describe('failpoints', () => {
  it('do nothing where nothing is asked for', () => {
    expect(faults('')).toBe(noFailpoints);
    expect(faults('  ')).toBe(noFailpoints);
    expect(noFailpoints.reach('anywhere')).toBeUndefined();
    expect(faults('agent.after_call=throw').reach('agent.before_call')).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('throw at the hit that was asked for, and at no other', () => {
    const { reach } = faults('intake.before_append=throw@3');
    expect(reach('intake.before_append')).toBeUndefined();
    expect(reach('intake.before_append')).toBeUndefined();
    expect(() => reach('intake.before_append')).toThrow('failpoint intake.before_append');
    expect(reach('intake.before_append')).toBeUndefined();
    expect(told).toEqual(['intake.before_append']);
  });

  it('throw at the first hit unless another is named', () => {
    const { reach } = faults('a=throw, b-2=throw@2');
    expect(() => reach('a')).toThrow('failpoint a');
    expect(reach('b-2')).toBeUndefined();
    expect(() => reach('b-2')).toThrow('failpoint b-2');
  });

  it('delay every hit from the one that was named on', async () => {
    const { reach } = faults('relay.before_publish=delay:20@2');
    expect(reach('relay.before_publish')).toBeUndefined();
    for (let n = 0; n < 2; n += 1) {
      const startedAt = performance.now();
      await reach('relay.before_publish');
      expect(performance.now() - startedAt).toBeGreaterThan(15);
    }
    expect(told).toEqual(['relay.before_publish', 'relay.before_publish']);
  });

  it.each([
    ['there and then, after saying where', 'kill@2', '1 2 relay.after_publish'],
    ['after holding it there while others go on', 'kill:50@2', '1 2 relay.after_publish on'],
  ])('kill the process %s', async (_, action, said) => {
    const script = join(import.meta.dirname, 'killed-here.mjs');
    const child = spawn(process.execPath, [script, action], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [, signal] = (await once(child, 'close')) as [number, string];
    expect(signal).toBe('SIGKILL');
    expect(text).toBe(said);
  });

  it('wait, and do not count, until the file exists that arms them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-failpoints-'));
    const file = join(folder, 'armed');
    const { reach } = faults(`intake.before_append=throw@2 when ${file}`);
    for (let n = 0; n < 5; n += 1) reach('intake.before_append');
    writeFileSync(file, '');
    reach('intake.before_append');
    expect(() => reach('intake.before_append')).toThrow('failpoint intake.before_append');
    rmSync(folder, { recursive: true });
  });

  it('count for themselves where several are asked for at one point', () => {
    const { reach } = faults('a=throw@2,a=throw@3,b=throw');
    const outcomes = Array.from({ length: 4 }, () => {
      try {
        return reach('a');
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(outcomes).toEqual([undefined, 'failpoint a', 'failpoint a', undefined]);
  });

  it.each([
    'relay',
    'relay=',
    'relay=kill@',
    'relay=explode',
    'relay=delay',
    'A B=kill',
    ',',
    'a=kill,',
    'a=kill@1 when',
    'a=throw:5',
  ])('that cannot be read say how they are written: %s', (spec) => {
    expect(() => faults(spec)).toThrow(/FAILPOINTS: cannot read ".*"; write point=kill@n, /);
  });
});
