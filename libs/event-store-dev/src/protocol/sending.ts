import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Streams } from '../generated.js';

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
