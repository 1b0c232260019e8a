import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decisionContext, proposalContext } from '@countersign/contracts';
import type { Signer, TrustedKeys } from './port.js';
import { signerFrom, trustedKeysFrom, type TrustSet } from './signatures.js';

/** What each service signs in a deployment of ours; a service that is not listed signs nothing. */
const contextsOf: Readonly<Record<string, readonly string[]>> = {
  agent: [proposalContext],
  approvals: [proposalContext, decisionContext],
};

/** The keys of a deployment are neither absent nor complete; somebody has to look. */
export class DeploymentKeysIncomplete extends Error {
  override readonly name = 'DeploymentKeysIncomplete';
}

/** A service's own private key. Hand it to that service and to nobody else. */
export const signingKeyPath = (folder: string, service: string): string =>
  join(folder, 'keys', service, 'signing.jwk');
/** The public keys, for every service. */
export const trustFilePath = (folder: string): string => join(folder, 'trust.jwks');

/** Reads the one private key that `service` may hold. */
export const readSigner = (folder: string, service: string): Signer =>
  readSignerFile(signingKeyPath(folder, service));

/** Reads a private key where it stands. */
export const readSignerFile = (path: string): Signer => {
  const jwk = readJson(path) as JsonWebKey & { kid: string };
  return signerFrom(jwk, jwk.kid);
};

/** Reads `trust.jwks`. */
export const readTrustedKeys = (folder: string): TrustedKeys =>
  readTrustFile(trustFilePath(folder));

/** Reads the public keys of a deployment where they stand. */
export const readTrustFile = (path: string): TrustedKeys => trustedKeysFrom(readJson(path));

/**
 * Makes the signing keys of a deployment once: `keys/{service}/signing.jwk` (mode 0600) and the
 * public `trust.jwks`. All appear or none, also when the process is killed meanwhile; keys that are
 * there already are checked and left alone.
 * @param now ISO instant from which the new keys are valid
 * @returns whether keys were made
 * @throws DeploymentKeysIncomplete when a part is missing or does not match
 */
export const createDeploymentKeys = async (
  folder: string,
  services: readonly string[],
  now: string,
): Promise<boolean> => {
  await finishMove(folder);
  if (existsSync(join(folder, 'keys')) || existsSync(trustFilePath(folder))) {
    mustBeComplete(folder, services);
    return false;
  }
  // Written aside under a name that says "unfinished", then renamed: the rename is the commit.
  const unfinished = join(folder, '.keys-unfinished');
  await rm(unfinished, { recursive: true, force: true });
  const trusted: object[] = [];
  for (const service of services) {
    const { privateJwk, publicJwk } = newKey(service, now);
    await mkdir(join(unfinished, 'keys', service), { recursive: true, mode: 0o700 });
    await writeDurably(signingKeyPath(unfinished, service), privateJwk, 0o600);
    trusted.push(publicJwk);
  }
  await writeDurably(trustFilePath(unfinished), { keys: trusted }, 0o644);
  await rename(unfinished, join(folder, '.keys-finished'));
  await finishMove(folder);
  return true;
};

/** Moves finished keys to their places; repeats harmlessly what a killed process began. */
const finishMove = async (folder: string): Promise<void> => {
  const finished = join(folder, '.keys-finished');
  if (!existsSync(finished)) return;
  for (const name of await readdir(finished)) {
    if (existsSync(join(folder, name))) {
      throw new DeploymentKeysIncomplete(
        `${join(folder, name)} and ${join(finished, name)} both exist; ` +
          'keep the right one and remove the other',
      );
    }
    await rename(join(finished, name), join(folder, name));
  }
  await rm(finished, { recursive: true });
};

const newKey = (service: string, now: string) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y, d } = privateKey.export({ format: 'jwk' });
  const head = { kty, crv, x, y, kid: `${service}-${randomUUID()}`, alg: 'ES256', use: 'sig' };
  const publicJwk = {
    ...head,
    service,
    contexts: contextsOf[service] ?? [],
    nbf: Math.floor(Date.parse(now) / 1_000),
  };
  return { privateJwk: { ...head, d }, publicJwk };
};

const mustBeComplete = (folder: string, services: readonly string[]): void => {
  const trustFile = trustFilePath(folder);
  const problems = existsSync(trustFile)
    ? services.flatMap((service) => problemsOf(folder, service, readJson(trustFile) as TrustSet))
    : [`${trustFile} is missing`];
  if (problems.length === 0) return;
  throw new DeploymentKeysIncomplete(
    `the signing keys are incomplete: ${problems.join('; ')}. Restore the missing files from a ` +
      `backup, or remove ${join(folder, 'keys')} and ${trustFile} to make new keys: signatures ` +
      'made before are then no longer trusted.',
  );
};

const problemsOf = (folder: string, service: string, trust: TrustSet): string[] => {
  const path = signingKeyPath(folder, service);
  if (!existsSync(path)) return [`${path} is missing`];
  const own = readJson(path) as { kid?: string; x?: string; y?: string };
  const trusted = trust.keys.find((key) => key.kid === own.kid && key.service === service);
  if (!trusted) return [`${path} has no public counterpart in trust.jwks`];
  return trusted.x === own.x && trusted.y === own.y ? [] : [`${path} does not match trust.jwks`];
};

const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new DeploymentKeysIncomplete(`cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
};

const writeDurably = async (path: string, content: unknown, mode: number): Promise<void> => {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
};
