import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { services, type Service } from '@countersign/contracts';
import { freePort } from '@countersign/ports';
import { createDeploymentKeys, sqliteSubjectKeys } from '@countersign/trust';

let folder: string;
let usual: Record<string, string>;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-alone-'));
  await createDeploymentKeys(folder, services, new Date().toISOString());
  const subjectKeys = join(folder, 'subject-keys.sqlite');
  await (await sqliteSubjectKeys(subjectKeys, 'alone', { storeIsEmpty: true })).close();
  usual = {
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    EVENTSTORE_URL: `esdb://127.0.0.1:${await freePort()}?tls=false`,
    SUBJECT_KEYS_FILE: subjectKeys,
    TRUST_FILE: join(folder, 'trust.jwks'),
    LOG_FOLDER: join(folder, 'logs'),
    CRM_READ_KEY: 'r',
    CRM_WRITE_KEY: 'w',
  };
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const start = (service: Service, more: Record<string, string> = {}) => {
  const quietly = '--disable-warning=ExperimentalWarning';
  const child = spawn(process.execPath, [quietly, `services/${service}/dist/main.js`], {
    env: {
      PATH: process.env.PATH,
      ...usual,
      SIGNING_KEY_FILE: join(folder, `keys/${service}/signing.jwk`),
      VIEWS_FOLDER: join(folder, 'views', service),
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, errors: errors.trim().split('\n') };
  });
  return { child, ended };
};

/** As soon as the door is open. */
const ask = async (url: string): Promise<Response> => {
  for (let n = 0; n < 400; n += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing at ${url}`);
};

describe('I24 a service by itself, with neither broker nor store', () => {
  it.each(services)('%s lives, says what it waits for, and ends when asked to', async (service) => {
    const port = await freePort();
    const { child, ended } = start(service, { [`${service.toUpperCase()}_PORT`]: String(port) });
    expect((await ask(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
    const ready = await ask(`http://127.0.0.1:${port}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      service,
      checks: { store: 'failing', kafka: 'failing' },
    });
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, errors: [''] });
  });

  it('ends when whoever started it is gone', async () => {
    const port = await freePort();
    const { child } = start('intake', { INTAKE_PORT: String(port) });
    await ask(`http://127.0.0.1:${port}/livez`);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('a service that cannot start', () => {
  it('names every bad setting in a line of its own, and ends with 1', async () => {
    const { ended } = start('executor', {
      EXECUTOR_PORT: 'eighty',
      KAFKA_BROKERS: 'somewhere',
      EVENTSTORE_URL: 'http://127.0.0.1',
      CRM_WRITE_KEY: '',
      FAILPOINTS: 'executor.before_call',
    });
    const { code, errors } = await ended;
    expect(code).toBe(1);
    expect(errors.map((line) => line.split(' ')[0]).sort()).toEqual([
      'CRM_WRITE_KEY',
      'EVENTSTORE_URL',
      'EXECUTOR_PORT',
      'FAILPOINTS',
      'KAFKA_BROKERS',
    ]);
  });

  const refusals = [
    {
      what: 'no subject keys',
      service: 'intake',
      more: () => ({ SUBJECT_KEYS_FILE: join(folder, 'none.sqlite') }),
      says: /none\.sqlite holds no subject keys: make them with "\.\/countersign keys"/,
    },
    {
      what: 'no private key',
      service: 'agent',
      more: () => ({ SIGNING_KEY_FILE: join(folder, 'none.jwk') }),
      says: /cannot read .*none\.jwk/,
    },
    {
      what: 'faults in the configuration',
      service: 'orchestrator',
      more: () => ({ COUNTERSIGN_CONFIG: folder }),
      says: /no such file or directory.*schemas/,
    },
  ] as const;

  it.each(refusals)('says so in a line and ends with 1: $what', async ({ service, more, says }) => {
    const { ended } = start(service, {
      ...more(),
      [`${service.toUpperCase()}_PORT`]: '0',
    });
    const { code, errors } = await ended;
    expect(code).toBe(1);
    expect(errors[0]).toMatch(says);
    expect(errors.join('\n')).not.toContain('    at ');
  });
});
