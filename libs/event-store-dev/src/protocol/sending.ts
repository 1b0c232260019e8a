import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Streams } from '../generated.js';
import { asCallError } from './errors.js';

export type ReadCall = ServerWritableStream<Streams.ReadReq, Streams.ReadResp>;
export type Send = (message: Streams.ReadResp) => void | Promise<void>;

/** Ended by the client's leaving, or by whoever aborts it. */
export const sending = (call: ReadCall): { send: Send; closing: AbortSignal } => {
  const closing = new AbortController();
  const close = () => closing.abort();
  call.on('cancelled', close);
  call.on('close', close);
  call.on('error', close);
  const send: Send = (message) => {
    if (closing.signal.aborted || call.write(message)) return undefined;
    // A reader that does not keep up makes the file wait, not the memory grow.
    return once(call, 'drain', { signal: closing.signal }).then(
      () => undefined,
      () => undefined,
    );
  };
  return { send, closing: closing.signal };
};

/** Ends a call with an error; what is still to be answered on it goes nowhere. */
export const endWith = (call: Writable, error: unknown): void => {
  // Destroying it would lose the status: the transport sends it when the stream ends.
  if (!call.writableEnded) call.emit('error', asCallError(error));
};
