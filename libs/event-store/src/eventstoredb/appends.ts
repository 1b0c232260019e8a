import { toRows } from '../embedded/rows.js';
import { checkStreamName } from '../embedded/stream-name.js';
import {
  WrongExpectedRevision,
  type Appended,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
} from '../port.js';
import type { appendStream } from './append-stream.js';
import type { Attempts } from './attempts.js';
import { permits } from './permits.js';
import type { Reads } from './reads.js';
import { appendRequest } from './requests.js';

/** Appends on their way at once: a megabyte each at most, waiting in memory. */
const inFlightMax = 128;

export interface AppendParts {
  readonly stream: ReturnType<typeof appendStream>;
  readonly reads: Reads;
  readonly attempts: Attempts;
}

/**
 * Sends an append until its outcome is known, always with the same ids AND the same revision: the
 * store then recognises what it has written before. A conflict counts only after our own ids have
 * been looked for where they would stand.
 */
export const appender = (parts: AppendParts): EventStore['append'] => {
  const write = writer(parts);
  return async (stream, expected, events) => {
    checkStreamName(stream);
    return write(stream, expected, events);
  };
};

/** Without the check of the name: for the system stream behind a stream. */
export const writer = ({ stream: calls, reads, attempts }: AppendParts) => {
  const turns = permits(inFlightMax);
  const findOurs = async (
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    signal: AbortSignal,
  ): Promise<Appended | undefined> => {
    const from = expected === 'no-stream' ? 0 : expected + 1;
    const found = await reads.readOnce(stream, { from, limit: events.length }, signal);
    const isOurs = (event: NewEvent, n: number) =>
      found[n]?.id === event.id && found[n].revision === from + n;
    return events.every(isOurs) ? found.at(-1) : undefined;
  };
  /** A server may answer a repeat without it. */
  const placeOf = async (stream: string, revision: number, signal: AbortSignal) => {
    const [event] = await reads.readOnce(stream, { from: revision, limit: 1 }, signal);
    if (!event) throw new Error('what was written cannot be read yet');
    return event.position;
  };
  return async (
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> => {
    checkRevision(stream, expected);
    // Made once, before anything is waited for: what is sent again is the same to the byte.
    const request = appendRequest(stream, expected, toRows(stream, events));
    return attempts.untilKnown(stream, (signal) =>
      turns.run(signal, async () => {
        const reply = await calls.send(request, signal);
        if (reply.outcome === 'written') {
          const { revision, position } = reply;
          return { revision, position: position ?? (await placeOf(stream, revision, signal)) };
        }
        const ours = await findOurs(stream, expected, events, signal);
        if (ours) return ours;
        throw new WrongExpectedRevision(stream, expected, reply.actual);
      }),
    );
  };
};

const checkRevision = (stream: string, expected: ExpectedRevision) => {
  // The client has no words for it, and the protocol would take it for another revision.
  if (expected === 'no-stream' || (Number.isSafeInteger(expected) && expected >= 0)) return;
  throw new RangeError(`${stream}: ${expected} is not a revision`);
};
