import { randomUUID } from 'node:crypto';
import type { Position } from '../port.js';
import type { Connection } from './connection.js';
import { refusedBy } from './faults.js';
import { generated, type Streams, type StreamsClient } from './generated.js';
import { positionOf } from './positions.js';
import type { AppendRequest } from './requests.js';
import { uuidOf } from './stored-event.js';

export type AppendReply =
  | {
      readonly outcome: 'written';
      readonly revision: number;
      readonly position: Position | undefined;
    }
  | { readonly outcome: 'conflict'; readonly actual: number | 'no-stream' };

type AppendCall = ReturnType<StreamsClient['batchAppend']>;

interface Waiter {
  answered(reply: Streams.BatchAppendResp): void;
  failed(error: unknown): void;
}

/**
 * All appends of a connection go through one call of the protocol. Each has its answer in a table
 * of that call alone: a call that breaks leaves open the outcome of its own appends and of no others,
 * and an answer that comes too late is nobody's.
 */
export const appendStream = (connection: Connection) => {
  let current: Opened | undefined;
  const opened = (): Opened => {
    if (current) return current;
    const opening = open(connection, () => {
      if (current === opening) current = undefined;
    });
    return (current = opening);
  };
  return {
    /** @throws what ended the call; the outcome is unknown then */
    send: (request: AppendRequest, signal: AbortSignal): Promise<AppendReply> =>
      opened().send(request, signal),
    close: () => current?.end(),
  };
};

interface Opened {
  send(request: AppendRequest, signal: AbortSignal): Promise<AppendReply>;
  end(): void;
}

const open = (connection: Connection, ended: () => void): Opened => {
  const waiting = new Map<string, Waiter>();
  let broken: { readonly by: unknown } | undefined;
  const {
    promise: ready,
    resolve: isReady,
    reject: isNotReady,
  } = Promise.withResolvers<AppendCall>();
  ready.catch(() => undefined);
  const whole = connection.run(
    'batchAppend',
    ({ stub, metadata, options }) =>
      new Promise<never>((_, reject) => {
        const call = stub.batchAppend(metadata, options);
        call.on('data', (reply: Streams.BatchAppendResp) =>
          waiting.get(uuidOf(reply.getCorrelationId()))?.answered(reply),
        );
        call.on('error', reject);
        call.on('end', () => reject(new Error('the event store ended the call')));
        isReady(call);
      }),
  );
  whole.catch((error: unknown) => {
    broken = { by: error };
    ended();
    isNotReady(error);
    for (const waiter of [...waiting.values()]) waiter.failed(error);
  });
  return {
    send: async (request, signal) => {
      const call = await ready;
      if (broken) throw broken.by;
      if (signal.aborted) throw new Error('too late to send');
      const id = randomUUID();
      call.write(request(id));
      return answerOf(waiting, id, signal);
    },
    end: () => void ready.then((call) => call.cancel()).catch(() => undefined),
  };
};

const answerOf = (
  waiting: Map<string, Waiter>,
  id: string,
  signal: AbortSignal,
): Promise<AppendReply> =>
  new Promise((resolve, reject) => {
    const failed = (error: unknown) => {
      waiting.delete(id);
      signal.removeEventListener('abort', late);
      reject(error as Error);
    };
    const late = () => failed(new Error('the answer is late'));
    signal.addEventListener('abort', late, { once: true });
    waiting.set(id, {
      failed,
      answered: (reply) => {
        waiting.delete(id);
        signal.removeEventListener('abort', late);
        try {
          resolve(replyOf(reply));
        } catch (error) {
          reject(error as Error);
        }
      },
    });
  });

/** @throws an error that `finalError` understands */
const replyOf = (reply: Streams.BatchAppendResp): AppendReply => {
  const success = reply.getSuccess();
  if (success) {
    const at = success.getPosition();
    const position = at && positionOf(at.getCommitPosition(), at.getPreparePosition());
    return { outcome: 'written', revision: Number(success.getCurrentRevision()), position };
  }
  const status = reply.getError();
  const details = status?.getDetails();
  const named = details?.getTypeName() ?? '';
  if (details && named === 'event_store.client.WrongExpectedVersion') {
    const conflict = generated().shared.WrongExpectedVersion.deserializeBinary(
      details.getValue_asU8(),
    );
    const actual = conflict.hasCurrentStreamRevision()
      ? Number(conflict.getCurrentStreamRevision())
      : 'no-stream';
    return { outcome: 'conflict', actual };
  }
  const error = new Error(status?.getMessage() || named || 'an answer without content');
  throw Object.assign(error, { type: refusedBy[named] });
};
