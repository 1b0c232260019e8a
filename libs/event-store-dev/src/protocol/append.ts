import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import { shared, streams, type Streams } from '../generated.js';
import type { Expected, ProposedEvent } from '../log/recorded.js';
import type { WriteAnswer } from '../log/writes.js';
import {
  appendMaxBytes,
  appendTooLarge,
  asCallError,
  invalidArgument,
  streamDeleted,
} from './errors.js';
import { placed } from './identity.js';
import { proposedFrom, sizeOf } from './proposed.js';
import type { Serving } from './serving.js';
import { targetOf } from './writable-stream.js';

/** One append a call: options first, then its events one by one. */
export const appendCall =
  (serving: Serving) =>
  (
    call: ServerReadableStream<Streams.AppendReq, Streams.AppendResp>,
    callback: sendUnaryData<Streams.AppendResp>,
  ): void => {
    answer(serving, call).then(
      (response) => callback(null, response),
      (error: unknown) => callback(asCallError(error)),
    );
  };

const answer = async (
  serving: Serving,
  call: ServerReadableStream<Streams.AppendReq, Streams.AppendResp>,
): Promise<Streams.AppendResp> => {
  const user = serving.access.userOf(call.metadata);
  let options: Streams.AppendReq.Options | undefined;
  const events: ProposedEvent[] = [];
  let bytes = 0;
  for await (const request of call as AsyncIterable<Streams.AppendReq>) {
    const message = request.getProposedMessage();
    if (message && options) {
      const event = proposedFrom(message);
      bytes += sizeOf(event);
      if (bytes > appendMaxBytes) throw appendTooLarge();
      events.push(event);
    } else options = request.getOptions();
  }
  if (!options) throw invalidArgument('an append begins with its options');
  const { stream, expected } = targetOf(serving.access, user, options);
  await serving.faults.atCall();
  const written = await serving.log.append(stream, expected, events);
  await serving.faults.afterCommit();
  if (written.outcome === 'deleted') throw streamDeleted(stream);
  return written.outcome === 'conflict' ? conflicted(expected, written) : succeeded(written);
};

const succeeded = ({ revision, seq }: WriteAnswer): Streams.AppendResp => {
  const success = new streams.AppendResp.Success();
  if (revision < 0) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(String(revision));
  if (seq === 0) success.setNoPosition(new shared.Empty());
  else success.setPosition(placed(new streams.AppendResp.Position(), seq));
  return new streams.AppendResp().setSuccess(success);
};

/** Said twice: as now, and as up to 20.6.0. */
const conflicted = (expected: Expected, { revision }: WriteAnswer): Streams.AppendResp => {
  const error = new streams.AppendResp.WrongExpectedVersion();
  if (revision < 0) {
    error.setCurrentNoStream(new shared.Empty()).setNoStream2060(new shared.Empty());
  } else error.setCurrentRevision(String(revision)).setCurrentRevision2060(revision);
  if (expected === 'any') {
    error.setExpectedAny(new shared.Empty()).setAny2060(new shared.Empty());
  } else if (expected === 'exists') {
    error.setExpectedStreamExists(new shared.Empty()).setStreamExists2060(new shared.Empty());
  } else if (expected < 0) error.setExpectedNoStream(new shared.Empty());
  else error.setExpectedRevision(String(expected)).setExpectedRevision2060(expected);
  return new streams.AppendResp().setWrongExpectedVersion(error);
};
