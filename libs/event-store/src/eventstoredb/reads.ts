import { readOptions } from '../embedded/stream-reader.js';
import type { EventStore, Position, ReadOptions, StoredEvent } from '../port.js';
import type { Attempts } from './attempts.js';
import type { Connection } from './connection.js';
import type { Streams } from './generated.js';
import { permits } from './permits.js';
import { headRequest, readRequest } from './requests.js';
import { storedEventOf } from './stored-event.js';

/** A server allows 100 streams on a connection, and those beyond hang without a word. */
const inFlightMax = 64;

export interface Reads {
  readonly read: EventStore['read'];
  /** One try of it, for callers who repeat by themselves. */
  readOnce(
    stream: string,
    options: ReadOptions,
    signal: AbortSignal,
  ): Promise<readonly StoredEvent[]>;
  /** Position of the last event of all; undefined in a store without any. One try. */
  head(signal: AbortSignal): Promise<Position | undefined>;
}

/** Every read asks the leader (rule 4), and waits no longer than it is told to. */
export const reads = (connection: Connection, { untilKnown }: Attempts): Reads => {
  const turns = permits(inFlightMax);
  const once = (request: Streams.ReadReq, signal: AbortSignal): Promise<readonly StoredEvent[]> =>
    turns.run(signal, () =>
      connection.run(
        'read',
        ({ stub, metadata, options }) =>
          new Promise((resolve, reject) => {
            if (signal.aborted) return reject(new Error('too late to read'));
            const events: StoredEvent[] = [];
            const call = stub.read(request, metadata, options);
            const stop = () => call.cancel();
            signal.addEventListener('abort', stop, { once: true });
            call.on('data', (response: Streams.ReadResp) => {
              const read = response.getEvent();
              const event = read && storedEventOf(read);
              if (event) events.push(event);
            });
            call.on('error', reject);
            call.on('end', () => {
              signal.removeEventListener('abort', stop);
              resolve(events);
            });
          }),
      ),
    );
  const readOnce: Reads['readOnce'] = async (stream, options, signal) => {
    const { limit, from, direction } = readOptions(options);
    const backwards = direction === 'backwards';
    if (backwards && from !== undefined && from < 0) return [];
    const first = from === undefined ? undefined : Math.max(0, from);
    return once(readRequest(stream, { from: first, backwards, limit }), signal);
  };
  return {
    readOnce,
    read: async (stream, options = {}) => {
      readOptions(options);
      return untilKnown(stream, (signal) => readOnce(stream, options, signal));
    },
    head: async (signal) => (await once(headRequest(), signal)).at(0)?.position,
  };
};
