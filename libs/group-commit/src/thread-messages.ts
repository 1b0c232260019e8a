import type { MessagePort } from 'node:worker_threads';
import type { Outcome } from './commit.js';
import type { OpenOptions, ToldWrite, WriterModule } from './port.js';
import type { Write } from './operations.js';

/** What the writer's thread is told when it starts. */
export interface ThreadData {
  readonly path: string;
  readonly synchronous: OpenOptions['synchronous'];
  readonly sources: readonly NonNullable<WriterModule['source']>[];
}

export type ToThread =
  | { readonly group: readonly Write[] }
  | { readonly join: MessagePort }
  | { readonly want: string }
  | 'close';

/** An error as plain data: SQLite's code tells what kind it is. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  readonly errcode?: number;
}
export type CarriedOutcome =
  Extract<Outcome, { answer: unknown }> | { readonly failed: CarriedError };
export type FromThread =
  | { readonly outcomes: readonly CarriedOutcome[] }
  | { readonly groupFailed: CarriedError }
  | { readonly others: readonly ToldWrite[] }
  | { readonly willHear: string };

export const carried = (error: unknown): CarriedError => {
  const { name, message, errcode } = error as Error & { errcode?: number };
  return { name, message, ...(errcode !== undefined && { errcode }) };
};

export const uncarried = ({ name, message, errcode }: CarriedError): Error =>
  Object.assign(new Error(message), { name, ...(errcode !== undefined && { errcode }) });
