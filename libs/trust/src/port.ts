import type { Signature } from '@countersign/contracts';

/**
 * Seals the personal fields of one event or message: AES-256-GCM, one box per subject, so that the
 * loss of the subject's key is the erasure of the person.
 */
export interface Sealer {
  /**
   * Moves the top-level `fields` that are present into `sealed[subject] = { key, iv, box }`.
   * Waits until a new subject's key is durable. Data without any of the fields comes back as it is.
   * @param aad binds the box to its place: stream + event id, or topic + message id
   */
  seal(
    data: Readonly<Record<string, unknown>>,
    fields: readonly string[],
    subject: string,
    aad: string,
  ): Promise<Record<string, unknown>>;
  /** The data with its fields back in place. Fields whose key was destroyed stay absent. */
  open(data: Readonly<Record<string, unknown>>, aad: string): Promise<Record<string, unknown>>;
}

/** Signs as one service; the private key never leaves its holder. */
export interface Signer {
  /** ES256 over `"{context}\n" + JCS(payload)`. */
  sign(context: string, payload: unknown): Signature;
}

/** Public keys that a deployment trusts, from `trust.jwks`; never from the store. */
export interface TrustedKeys {
  /**
   * True when the signature is by a key of one of these services, valid at `at` and meant for
   * `context`. Unknown, expired or wrongly used keys are simply not trusted.
   */
  verify(
    context: string,
    payload: unknown,
    signature: Signature,
    by: readonly string[],
    at: string,
  ): boolean;
}
