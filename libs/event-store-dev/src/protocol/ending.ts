import type { Metadata, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { shared, streams, type Streams } from '../generated.js';
import { asCallError, invalidArgument, streamDeleted, wrongExpectedVersion } from './errors.js';
import { placed } from './identity.js';
import { expectedNumber } from './proposed.js';
import type { Serving } from './serving.js';
import { targetOf } from './writable-stream.js';

interface EndingCall {
  readonly metadata: Metadata;
  readonly request: Streams.DeleteReq | Streams.TombstoneReq;
}

/** Deletes a stream, which may then begin again behind its end. */
export const deleteCall =
  (serving: Serving) =>
  (
    call: ServerUnaryCall<Streams.DeleteReq, Streams.DeleteResp>,
    callback: sendUnaryData<Streams.DeleteResp>,
  ): void => {
    end(serving, call, false).then(
      (seq) => {
        const response = new streams.DeleteResp();
        if (seq === 0) return callback(null, response.setNoPosition(new shared.Empty()));
        return callback(null, response.setPosition(placed(new streams.DeleteResp.Position(), seq)));
      },
      (error: unknown) => callback(asCallError(error)),
    );
  };

/** Ends a stream for ever. */
export const tombstoneCall =
  (serving: Serving) =>
  (
    call: ServerUnaryCall<Streams.TombstoneReq, Streams.TombstoneResp>,
    callback: sendUnaryData<Streams.TombstoneResp>,
  ): void => {
    end(serving, call, true).then(
      (seq) => {
        const position = placed(new streams.TombstoneResp.Position(), seq);
        callback(null, new streams.TombstoneResp().setPosition(position));
      },
      (error: unknown) => callback(asCallError(error)),
    );
  };

/** The place of the event that ended the stream. */
const end = async (serving: Serving, call: EndingCall, forEver: boolean): Promise<number> => {
  const user = serving.access.userOf(call.metadata);
  const options = call.request.getOptions();
  if (!options) throw invalidArgument('a deletion needs options');
  const { stream, expected } = targetOf(serving.access, user, options);
  await serving.faults.atCall();
  const answer = await serving.log.end(stream, expected, forEver);
  await serving.faults.afterCommit();
  if (answer.outcome === 'deleted') throw streamDeleted(stream);
  if (answer.outcome !== 'conflict') return answer.seq;
  const operation = forEver ? 'Tombstone' : 'Delete';
  throw wrongExpectedVersion(operation, stream, expectedNumber(expected), answer.revision);
};
