import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { proposalContext } from '@countersign/contracts';
import {
  createDeploymentKeys,
  readSigner,
  readTrustedKeys,
  signingKeyPath,
  trustFilePath,
} from '../src/index.js';

const now = '2026-01-05T09:00:00.000Z';
const services = ['agent', 'approvals'];
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'deployment-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const create = () => createDeploymentKeys(folder, services, now);

describe('the keys of a deployment', () => {
  it('are made once: a private one a service, and the public ones for all', async () => {
    expect(await create()).toBe(true);
    const trust = readFileSync(trustFilePath(folder), 'utf8');
    expect(await create()).toBe(false);
    expect(readFileSync(trustFilePath(folder), 'utf8')).toBe(trust);
    expect(trust).not.toContain('"d"');
    for (const service of services) {
      expect(statSync(signingKeyPath(folder, service)).mode & 0o777).toBe(0o600);
    }
  });

  it('sign what the others trust, from the instant on at which they were made', async () => {
    await create();
    const signature = readSigner(folder, 'agent').sign(proposalContext, { a: 1 });
    const { verify } = readTrustedKeys(folder);
    expect(verify(proposalContext, { a: 1 }, signature, ['agent'], now)).toBe(true);
    expect(verify(proposalContext, { a: 1 }, signature, ['approvals'], now)).toBe(false);
    const before = '2026-01-05T08:59:59.000Z';
    expect(verify(proposalContext, { a: 1 }, signature, ['agent'], before)).toBe(false);
  });

  it('let the agent sign proposals only', async () => {
    await create();
    const signature = readSigner(folder, 'agent').sign('countersign/decision/v1', { a: 1 });
    const { verify } = readTrustedKeys(folder);
    expect(verify('countersign/decision/v1', { a: 1 }, signature, ['agent'], now)).toBe(false);
  });

  it.each<[string, () => void]>([
    ['trust.jwks is lost', () => rmSync(trustFilePath(folder))],
    ['all private keys are lost', () => rmSync(join(folder, 'keys'), { recursive: true })],
    ['one private key is lost', () => rmSync(signingKeyPath(folder, 'agent'))],
    [
      'a private key is another',
      () => cpSync(signingKeyPath(folder, 'approvals'), signingKeyPath(folder, 'agent')),
    ],
  ])('are refused by name when %s', async (_, damage) => {
    await create();
    damage();
    await expect(create()).rejects.toThrow(/signing keys are incomplete.*(trust\.jwks|agent)/s);
  });

  it('are complete after a start that was killed while it moved them into place', async () => {
    await createDeploymentKeys(join(folder, 'twin'), services, now);
    // As the killed process left it: both made, only one of them moved.
    renameSync(join(folder, 'twin'), join(folder, '.keys-finished'));
    renameSync(join(folder, '.keys-finished', 'keys'), join(folder, 'keys'));
    expect(await create()).toBe(false);
    expect(readSigner(folder, 'agent')).toBeDefined();
  });
});
