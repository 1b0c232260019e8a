import { Any, Empty, rpcStatus, shared, type RpcStatus } from '../generated.js';
import type { Expected } from '../log/recorded.js';
import { appendMaxBytes, isCallError } from './errors.js';
import { streamTo } from './identity.js';

type Code = Parameters<RpcStatus.Status['setCode']>[0];
interface Packed {
  serializeBinary(): Uint8Array;
}

/** One append's error inside a batch: the call itself goes on. */
const statusOf = (code: Code, name: string, details: Packed, message = name): RpcStatus.Status => {
  const any = new Any();
  any.pack(details.serializeBinary(), `event_store.client.${name}`);
  return new rpcStatus.Status().setCode(code).setMessage(message).setDetails(any);
};

export const conflictStatus = (expected: Expected, actual: number): RpcStatus.Status => {
  const details = new shared.WrongExpectedVersion();
  if (actual < 0) details.setCurrentNoStream(new Empty());
  else details.setCurrentStreamRevision(String(actual));
  if (expected === 'any') details.setExpectedAny(new Empty());
  else if (expected === 'exists') details.setExpectedStreamExists(new Empty());
  else if (expected < 0) details.setExpectedNoStream(new Empty());
  else details.setExpectedStreamPosition(String(expected));
  return statusOf(6, 'WrongExpectedVersion', details);
};

export const deletedStatus = (stream: string): RpcStatus.Status =>
  statusOf(5, 'StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(streamTo(stream)));

export const timeoutStatus = (): RpcStatus.Status => statusOf(4, 'Timeout', new shared.Timeout());

export const tooLargeStatus = (): RpcStatus.Status =>
  statusOf(
    3,
    'MaximumAppendSizeExceeded',
    new shared.MaximumAppendSizeExceeded().setMaxappendsize(appendMaxBytes),
  );

export const deniedStatus = (): RpcStatus.Status =>
  statusOf(7, 'AccessDenied', new shared.AccessDenied());

const badRequest = (message: string): RpcStatus.Status =>
  statusOf(3, 'BadRequest', new shared.BadRequest().setMessage(message));

/** What was wrong with one append's own request. */
export const requestStatus = (error: unknown): RpcStatus.Status => {
  const exception = isCallError(error) ? error.metadata.get('exception')[0] : undefined;
  if (exception === 'access-denied') return deniedStatus();
  if (exception === 'maximum-append-size-exceeded') return tooLargeStatus();
  return badRequest(error instanceof Error ? error.message : String(error));
};
