import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';
import { processes } from '../deployment/processes.js';
import { asComposed } from './as-composed.js';

let model: StartedTestContainer;

beforeAll(async () => {
  const { image } = asComposed('agent');
  const built = await GenericContainer.fromDockerfile('.').withBuildkit().build(image);
  model = await built
    .withCommand(['examples/scripted-model/dist/main.js', '--host=0.0.0.0'])
    .withExposedPorts(8091)
    .withDroppedCapabilities('ALL')
    .withSecurityOpt('no-new-privileges:true')
    .withWaitStrategy(Wait.forHttp('/v1/models', 8091))
    .start();
});
afterAll(async () => {
  await model?.stop();
});

describe('the image', () => {
  it('runs as a user without rights, who cannot write to it', async () => {
    const { output } = await model.exec(['id', '-u']);
    expect(output.trim()).toBe('1000');
    expect((await model.exec(['touch', 'package.json'])).exitCode).not.toBe(0);
  });

  it('answers to the health check that the deployment makes', async () => {
    const ask = (path: string) =>
      model.exec(['node', 'deploy/answers.js', `http://127.0.0.1:8091${path}`]);
    expect((await ask('/v1/models')).exitCode).toBe(0);
    expect((await ask('/nowhere')).exitCode).toBe(1);
  });

  it.each(processes)('has all that $service needs, but its settings', async ({ entry }) => {
    const { exitCode, output } = await model.exec(['node', entry], {
      env: { LOG_LEVEL: 'chatty' },
    });
    expect([exitCode, output]).toEqual([1, expect.stringContaining('LOG_LEVEL must be one of')]);
  });
});

describe('docker-compose.yml', () => {
  it('is read by Docker Compose', () => {
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});
