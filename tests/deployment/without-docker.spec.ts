import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

describe('npm run test:containers', () => {
  it('says in one sentence that no Docker is there, and fails', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const [program, file] = scripts['test:containers']!.split(' ');
    expect(program).toBe('node');
    const { status, stdout, stderr } = spawnSync(process.execPath, [file!], {
      encoding: 'utf8',
      // Nothing listens there, whatever else this machine has.
      env: { PATH: process.env['PATH'], DOCKER_HOST: 'tcp://127.0.0.1:1' },
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^no container engine answers here: [^\n]+\n$/);
  });
});
