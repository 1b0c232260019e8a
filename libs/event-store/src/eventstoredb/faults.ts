import { StoreUnavailable, TooLarge } from '../port.js';

/** The stream was deleted in the store by someone else; nothing of ours ever does. */
export class StreamDeleted extends Error {
  override readonly name = 'StreamDeleted';
  constructor(readonly stream: string) {
    super(`${stream} was deleted in the event store: restore it from a backup`);
  }
}

/** Codes of gRPC that say more than that the outcome is unknown. */
const invalidArgument = 3;
const permissionDenied = 7;
const resourceExhausted = 8;
const unimplemented = 12;
const unauthenticated = 16;

interface CallError {
  readonly code?: unknown;
  /** Of errors that the client made its own. */
  readonly type?: unknown;
  readonly details?: unknown;
  readonly metadata?: { get?(key: string): unknown[] };
}

/** What a failed call is for its caller; undefined when its outcome is unknown: try again. */
export const finalError = (stream: string, error: unknown): Error | undefined => {
  if (isOurs(error)) return error as Error;
  const { code, type, details, metadata } = (error ?? {}) as CallError;
  const named = type ?? metadata?.get?.('exception')[0];
  const text = String(details ?? (error as Error | undefined)?.message ?? error);
  const cause = { cause: error };
  if (named === 'stream-deleted') return new StreamDeleted(stream);
  if (named === 'maximum-append-size-exceeded' || isOversize(code, text)) {
    return new TooLarge(`${stream}: the event store refuses an append of that size`);
  }
  if (named === 'access-denied' || code === permissionDenied || code === unauthenticated) {
    return new StoreUnavailable(`the event store denies access to ${stream}: ${text}`, cause);
  }
  if (code === unimplemented) {
    return new StoreUnavailable(`the event store is too old or another server: ${text}`, cause);
  }
  if (named === 'invalid-argument' || code === invalidArgument) {
    return new TypeError(`${stream}: the event store refuses the request: ${text}`, cause);
  }
  return undefined;
};

/** Errors in the answers of the append stream are named by the type of their details. */
export const refusedBy: Readonly<Record<string, string>> = {
  'event_store.client.AccessDenied': 'access-denied',
  'event_store.client.StreamDeleted': 'stream-deleted',
  'event_store.client.MaximumAppendSizeExceeded': 'maximum-append-size-exceeded',
  'event_store.client.BadRequest': 'invalid-argument',
};

const isOurs = (error: unknown): boolean =>
  error instanceof Error &&
  ['WrongExpectedRevision', 'TooLarge', 'StreamDeleted', 'StoreUnavailable'].includes(error.name);

const isOversize = (code: unknown, text: string): boolean =>
  code === resourceExhausted && /message larger than max/i.test(text);
