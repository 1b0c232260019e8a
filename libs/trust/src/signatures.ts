import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { z } from 'zod';
import { boundedMemory, type BoundedMemory } from './bounded-memory.js';
import { canonical } from './canonical.js';
import { derFromRaw, rawFromDer } from './es256-bytes.js';
import type { Signer, TrustedKeys } from './port.js';

const signedText = (context: string, payload: unknown): string =>
  `${context}\n${canonical(payload)}`;

/**
 * Signs with one private P-256 key, named `kid` in `trust.jwks`.
 * @throws TypeError when the key is not a private P-256 key
 */
export const signerFrom = (key: JsonWebKey | KeyObject, kid: string): Signer => {
  const privateKey = isKeyObject(key) ? key : createPrivateKey({ key, format: 'jwk' });
  if (privateKey.type !== 'private') throw new TypeError(`${kid}: not a private key`);
  mustBeP256(privateKey, kid);
  return {
    sign: (context, payload) => {
      // The key by itself: Node finds out by an exception that an object of options is none.
      const der = sign('sha256', Buffer.from(signedText(context, payload)), privateKey);
      return { kid, alg: 'ES256', value: rawFromDer(der).toString('base64url') };
    },
  };
};

const trustedKey = z.looseObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string().min(1),
  /** Whose key it is. */
  service: z.string().min(1),
  /** What it may sign; anything when absent. */
  contexts: z.array(z.string()).optional(),
  /** Seconds since 1970, as in a token: valid from `nbf` on, not at `exp` or later. */
  nbf: z.number().optional(),
  exp: z.number().optional(),
  d: z.never('a private key must not stand among the trusted ones').optional(),
});
const trustedSet = z.looseObject({ keys: z.array(trustedKey) });

/** A `trust.jwks`: public keys with `kid` and `service`, optionally `contexts`, `nbf`, `exp`. */
export type TrustSet = z.input<typeof trustedSet>;

/**
 * The keys that a deployment trusts.
 * @throws z.ZodError for anything but public P-256 keys with kid and service; Error for a kid twice
 */
export const trustedKeysFrom = (jwks: unknown): TrustedKeys => {
  const keys = new Map<string, Trusted>();
  for (const jwk of trustedSet.parse(jwks).keys) {
    if (keys.has(jwk.kid)) throw new Error(`trusted keys: ${jwk.kid} stands there twice`);
    keys.set(jwk.kid, trustedFrom(jwk));
  }
  const good = boundedMemory<Verified>(rememberedMax);
  return {
    verify: (context, payload, signature, by, at) => {
      const key = keys.get(signature.kid);
      if (!key || signature.alg !== 'ES256' || !by.includes(key.service)) return false;
      if (!key.mayServe(context) || !key.validAt(Date.parse(at) / 1_000)) return false;
      return isSignedBy(key.publicKey, context, payload, signature.value, good);
    },
  };
};

/** What a good signature is over, and by whom; bad ones are never remembered. */
interface Verified {
  readonly key: KeyObject;
  readonly text: string;
}

/** Of the cases on their way: a claim that has to wait verifies once more what its command did. */
const rememberedMax = 1_000;

const isSignedBy = (
  key: KeyObject,
  context: string,
  payload: unknown,
  value: string,
  good: BoundedMemory<Verified>,
): boolean => {
  try {
    const text = signedText(context, payload);
    const known = good.get(value);
    if (known?.key === key && known.text === text) return true;
    const der = derFromRaw(Buffer.from(value, 'base64url'));
    const holds = der !== undefined && verify('sha256', Buffer.from(text), key, der);
    if (holds) good.set(value, { key, text });
    return holds;
  } catch (error) {
    // What has no canonical form was never signed.
    if (error instanceof TypeError) return false;
    throw error;
  }
};

interface Trusted {
  readonly publicKey: KeyObject;
  readonly service: string;
  readonly mayServe: (context: string) => boolean;
  readonly validAt: (seconds: number) => boolean;
}

const trustedFrom = (jwk: z.infer<typeof trustedKey>): Trusted => {
  const { kty, crv, x, y, contexts, nbf = -Infinity, exp = Infinity } = jwk;
  const publicKey = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
  return {
    publicKey,
    service: jwk.service,
    mayServe: (context) => contexts === undefined || contexts.includes(context),
    // An unreadable instant is NaN, and NaN is never valid.
    validAt: (seconds) => seconds >= nbf && seconds < exp,
  };
};

const isKeyObject = (key: JsonWebKey | KeyObject): key is KeyObject => typeof key.type === 'string';

const mustBeP256 = (key: KeyObject, kid: string): void => {
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new TypeError(`${kid}: ES256 needs a P-256 key, not ${key.asymmetricKeyType}`);
  }
};
