import type { ServerDuplexStream } from '@grpc/grpc-js';
import { Empty, shared, streams, type RpcStatus, type Streams } from '../generated.js';
import type { Expected, ProposedEvent } from '../log/recorded.js';
import { timeoutMsIn } from './batch-deadline.js';
import { appendMaxBytes, appendTooLarge } from './errors.js';
import { placed, streamFrom, uuidFrom } from './identity.js';
import { expectedFrom, proposedFrom, sizeOf } from './proposed.js';
import { conflictStatus, deletedStatus, requestStatus, timeoutStatus } from './rpc-status.js';
import { endWith } from './sending.js';
import type { Serving } from './serving.js';
import { checkWritable } from './writable-stream.js';

type Call = ServerDuplexStream<Streams.BatchAppendReq, Streams.BatchAppendResp>;

/** One append that arrives in pieces. */
interface Arriving {
  readonly request: Streams.BatchAppendReq;
  readonly stream: string;
  readonly expected: Expected;
  readonly events: ProposedEvent[];
  readonly timer: NodeJS.Timeout | undefined;
  bytes: number;
}

/** Appends of one client, many at once, each answered under its own correlation id. */
export const batchAppendCall =
  (serving: Serving) =>
  (call: Call): void => {
    const say = (response: Streams.BatchAppendResp) => {
      if (!call.writableEnded) call.write(response);
    };
    const mayWrite = writersRights(serving, call);
    const arriving = arrivals(mayWrite, (request, error) =>
      say(responseTo(request).setError(error)),
    );
    const underway = new Set<Promise<unknown>>();
    call.on('data', (request: Streams.BatchAppendReq) => {
      const complete = arriving.take(request);
      if (!complete) return;
      const writing = write(serving, complete).then(say, (error: unknown) => endWith(call, error));
      underway.add(writing);
      void writing.finally(() => underway.delete(writing));
    });
    call.on('end', () => void Promise.all(underway).then(() => call.end()));
    call.on('cancelled', arriving.forget);
    call.on('error', arriving.forget);
  };

/** Who calls is known for the whole call; each append asks for its stream. */
const writersRights = ({ access }: Serving, call: Call): ((stream: string) => void) => {
  let user: string | undefined;
  try {
    user = access.userOf(call.metadata);
  } catch (error) {
    endWith(call, error);
  }
  return (stream) => access.check(user, stream);
};

const arrivals = (
  mayWrite: (stream: string) => void,
  refuse: (request: Streams.BatchAppendReq, error: RpcStatus.Status) => void,
) => {
  const open = new Map<string, Arriving>();
  const drop = (id: string) => {
    clearTimeout(open.get(id)?.timer);
    open.delete(id);
  };
  const begin = (id: string, request: Streams.BatchAppendReq): void => {
    const options = request.getOptions()!;
    const stream = streamFrom(options.getStreamIdentifier());
    checkWritable(stream);
    mayWrite(stream);
    const timeoutMs = timeoutMsIn(request);
    const late = () => {
      drop(id);
      refuse(request, timeoutStatus());
    };
    if (timeoutMs <= 0) return late();
    const revision = options.hasStreamPosition() ? options.getStreamPosition() : undefined;
    const expected = expectedFrom(options, revision);
    // An append in one piece has arrived before it could be late.
    const waits = !request.getIsFinal() && timeoutMs < timerMaxMs;
    const timer = waits ? setTimeout(late, timeoutMs) : undefined;
    open.set(id, { request, stream, expected, events: [], timer, bytes: 0 });
  };
  const add = (append: Arriving, request: Streams.BatchAppendReq): void => {
    for (const message of request.getProposedMessagesList()) {
      const event = proposedFrom(message);
      append.bytes += sizeOf(event);
      if (append.bytes > appendMaxBytes) throw appendTooLarge();
      append.events.push(event);
    }
  };
  return {
    /** The append that is complete with this piece. */
    take: (request: Streams.BatchAppendReq): Arriving | undefined => {
      let id = '';
      try {
        id = uuidFrom(request.getCorrelationId());
        if (request.hasOptions()) begin(id, request);
        const append = open.get(id);
        // Refused before it was complete: the rest of it says nothing.
        if (!append) return undefined;
        add(append, request);
        if (!request.getIsFinal()) return undefined;
        drop(id);
        return append;
      } catch (error) {
        const first = open.get(id)?.request ?? request;
        drop(id);
        refuse(first, requestStatus(error));
        return undefined;
      }
    },
    forget: () => {
      for (const id of [...open.keys()]) drop(id);
    },
  };
};

/** Longer waits do not fit a timer, and nobody waits so long. */
const timerMaxMs = 2 ** 31 - 1;

const write = async ({ log, faults }: Serving, append: Arriving) => {
  const { request, stream, expected, events } = append;
  await faults.atCall();
  const { outcome, revision, seq } = await log.append(stream, expected, events);
  await faults.afterCommit();
  const response = responseTo(request);
  if (outcome === 'deleted') return response.setError(deletedStatus(stream));
  if (outcome === 'conflict') return response.setError(conflictStatus(expected, revision));
  const success = new streams.BatchAppendResp.Success();
  if (revision < 0) success.setNoStream(new Empty());
  else success.setCurrentRevision(String(revision));
  if (seq === 0) success.setNoPosition(new Empty());
  else success.setPosition(placed(new shared.AllStreamPosition(), seq));
  return response.setSuccess(success);
};

const responseTo = (request: Streams.BatchAppendReq): Streams.BatchAppendResp => {
  const response = new streams.BatchAppendResp();
  response.setCorrelationId(request.getCorrelationId());
  return response.setStreamIdentifier(request.getOptions()?.getStreamIdentifier());
};
