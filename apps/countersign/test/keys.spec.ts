import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { services } from '@countersign/contracts';
import { sharedSubjectKeys } from '@countersign/trust';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const makeKeys = () =>
  spawnSync('./countersign', ['keys'], {
    env: { ...process.env, COUNTERSIGN_DATA: data },
    encoding: 'utf8',
  });
const signingKey = (service: string) => join(data, 'keys', service, 'signing.jwk');

describe('./countersign keys', () => {
  it('makes what a deployment signs and seals with, once', async () => {
    expect(makeKeys()).toMatchObject({ status: 0, stdout: `keys were made in ${data}\n` });
    for (const service of services) {
      expect(statSync(signingKey(service)).mode & 0o777).toBe(0o600);
    }
    expect(existsSync(join(data, 'trust.jwks'))).toBe(true);
    await (await sharedSubjectKeys(join(data, 'subject-keys.sqlite'))).close();
    const before = readFileSync(signingKey('agent'), 'utf8');
    expect(makeKeys()).toMatchObject({ status: 0, stdout: `keys are in ${data} already\n` });
    expect(readFileSync(signingKey('agent'), 'utf8')).toBe(before);
  });

  it('makes none where some are missing, and says what to do', () => {
    makeKeys();
    rmSync(signingKey('agent'));
    const again = makeKeys();
    expect(again.status).toBe(1);
    expect(again.stderr).toMatch(/^the signing keys are incomplete: .*agent.*Restore/);
  });
});
