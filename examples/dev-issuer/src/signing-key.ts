import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';

/** The issuer's key pair: the private half to sign with, the public one to show. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/**
 * Reads the key of an earlier start, or makes one (mode 0600), so that tokens outlive a restart.
 * @throws Error when the file is there and holds no such key
 */
export const openSigningKey = async (path: string): Promise<SigningKey> => {
  const kept = await readIfThere(path);
  if (kept !== undefined) return fromText(kept, path);
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: `dev-issuer-${randomUUID()}` };
  const text = `${JSON.stringify({ ...jwk, alg: 'ES256', use: 'sig' }, null, 2)}\n`;
  await writeWhole(path, text);
  return fromText(text, path);
};

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const fromText = async (text: string, path: string): Promise<SigningKey> => {
  try {
    const jwk = JSON.parse(text) as JWK;
    const { d, ...publicJwk } = jwk;
    if (!d || !jwk.kid) throw new Error('it has no private part or no kid');
    const privateKey = (await importJWK(jwk, 'ES256')) as CryptoKey;
    return { kid: jwk.kid, privateKey, publicJwk };
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(
      `${path} is not the key of a development issuer (${why}); remove it to get a new one`,
      { cause: error },
    );
  }
};

const writeWhole = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.unfinished`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
};
