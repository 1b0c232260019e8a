import { hash } from 'node:crypto';
import { roles, type Role } from '@countersign/contracts';
import type { Clock } from '@countersign/time';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { unauthenticated, unavailable } from './problem.js';

/** Who calls, as their verified token says. */
export interface Caller {
  readonly sub: string;
  readonly email?: string | undefined;
  /** Only roles that we know; others in the token are ignored. */
  readonly roles: readonly Role[];
  /** Sources that an upstream system may speak for. */
  readonly sources: readonly string[];
  /** As received, to be forwarded to another service on the caller's behalf. */
  readonly token: string;
}

/** Checks bearer tokens. */
export interface TokenVerifier {
  /** @throws Problem 401 for any token that does not prove a caller; 503 when no key can be had */
  verify(token: string): Promise<Caller>;
}

export interface TokenVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Address of the issuer's key set, the set itself, or a resolver of jose. */
  readonly keys: string | JSONWebKeySet | JWTVerifyGetKey;
  readonly clock: Pick<Clock, 'now'>;
}

/** Asymmetric only: a public key must never pass as a shared secret. */
const algorithms = ['ES256', 'RS256', 'EdDSA'];
const toleranceSeconds = 60;
/** A key that its issuer withdrew stops counting after so long at most. */
const rememberedMaxMs = 10 * 60_000;
/** Callers at once; more only means that some tokens are verified again. */
const rememberedMax = 5_000;
/** No token of ours comes near; longer ones are not worth hashing. */
const tokenMaxChars = 8_192;

interface Remembered {
  readonly caller: Caller;
  readonly untilMs: number;
}

/** A verifier that remembers a good token by its hash, until it expires (at most ten minutes). */
export const tokenVerifier = (options: TokenVerifierOptions): TokenVerifier => {
  const { issuer, audience, clock } = options;
  const keys = keySourceOf(options.keys);
  const remembered = new Map<string, Remembered>();

  const remember = (name: string, caller: Caller, { exp }: JWTPayload, nowMs: number) => {
    if (remembered.size >= rememberedMax) remembered.delete(remembered.keys().next().value!);
    const untilMs = Math.min(exp! * 1_000, nowMs + rememberedMaxMs);
    remembered.set(name, { caller, untilMs });
  };
  return {
    verify: async (token) => {
      if (token.length > tokenMaxChars) throw unauthenticated('token too long');
      const nowMs = Date.parse(clock.now());
      const name = hash('sha256', token, 'base64');
      const known = remembered.get(name);
      if (known && nowMs < known.untilMs) return known.caller;
      remembered.delete(name);
      const payload = await verified(token, keys, {
        issuer,
        audience,
        algorithms,
        clockTolerance: toleranceSeconds,
        currentDate: new Date(nowMs),
        requiredClaims: ['sub', 'exp'],
      });
      const caller = callerOf(payload, token);
      remember(name, caller, payload, nowMs);
      return caller;
    },
  };
};

const keySourceOf = (keys: TokenVerifierOptions['keys']): JWTVerifyGetKey => {
  if (typeof keys === 'function') return keys;
  return typeof keys === 'string' ? createRemoteJWKSet(new URL(keys)) : createLocalJWKSet(keys);
};

const verified = async (
  token: string,
  keys: JWTVerifyGetKey,
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> => {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (blamesToken(error)) throw unauthenticated(`${error.code}: ${error.message}`);
    throw unavailable(error);
  }
};

/** Everything else means that the issuer's keys cannot be had: not the caller's fault. */
const tokenFaults = [
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSMultipleMatchingKeys,
  errors.JWKSNoMatchingKey,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
];

const blamesToken = (error: unknown): error is errors.JOSEError =>
  tokenFaults.some((fault) => error instanceof fault);

const callerOf = (payload: JWTPayload, token: string): Caller => {
  if (typeof payload.sub !== 'string' || payload.sub === '') throw unauthenticated('no subject');
  const { email } = payload;
  return {
    sub: payload.sub,
    email: typeof email === 'string' ? email : undefined,
    roles: roles.filter((role) => textsOf(payload['roles']).includes(role)),
    sources: textsOf(payload['sources']),
    token,
  };
};

const textsOf = (claim: unknown): string[] =>
  Array.isArray(claim) ? claim.filter((item) => typeof item === 'string') : [];
