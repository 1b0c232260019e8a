import type { ToolRequest } from './request.js';

/** How a call ended, by what it leaves certain. */
export type CallOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** Nothing reached the target: calling again cannot be a second effect. */
  | { readonly kind: 'no-call-left'; readonly cause: string }
  /** The target may or may not have acted (I20). */
  | { readonly kind: 'unknown'; readonly cause: string };

export interface CallOptions {
  /** Reading of `monotonic` at which waiting ends. */
  readonly deadlineMs: number;
  readonly monotonic: () => number;
}

/** Makes the calls of tools. It alone knows addresses and secrets, of those it was given. */
export interface ToolCaller {
  /** Never throws for what the other side does or the network does. */
  call(request: ToolRequest, options: CallOptions): Promise<CallOutcome>;
  close(): Promise<void>;
}

/** Secrets by credential name; they are sent as bearer tokens. */
export type Credentials = Readonly<Record<string, string>>;

/** Largest answer taken, in bytes. */
export const answerMaxBytes = 256 * 1024;

export const noCallLeft = (cause: string): CallOutcome => ({ kind: 'no-call-left', cause });
export const unknown = (cause: string): CallOutcome => ({ kind: 'unknown', cause });

/** The request's headers with its secret, or undefined when the caller does not hold it. */
export const withCredential = (
  { headers, credential }: ToolRequest,
  credentials: Credentials,
): Record<string, string> | undefined =>
  Object.hasOwn(credentials, credential)
    ? { ...headers, authorization: `Bearer ${credentials[credential]!}` }
    : undefined;
