import type { StoredEvent } from '../port.js';
import type { Commit } from './live.js';
import type { LimitedRead } from './stream-reader.js';

/** JSON text of the streams that are remembered: enough for the cases on their way. */
const rememberedBytesMax = 16 * 1_024 * 1_024;

/** Streams that began in this process, whole, as long as they fit: what is decided on next. */
export interface RecentStreams {
  /** Told of each append once it is durable, before its writer hears of it. */
  committed(commit: Commit): void;
  /** Undefined when the file must be asked. */
  read(stream: string, options: LimitedRead): readonly StoredEvent[] | undefined;
  /** A stream that is trimmed is never remembered. */
  forget(stream: string): void;
}

interface Remembered {
  events: StoredEvent[];
  bytes: number;
}

/**
 * Who remembers a stream alone writes it, so that what is remembered is what the file holds: a read
 * from here is a leader's (rule 4). The stream that was used longest ago goes first.
 */
export const recentStreams = (bytesMax = rememberedBytesMax): RecentStreams => {
  const streams = new Map<string, Remembered>();
  const trimmed = new Set<string>();
  let bytes = 0;

  const forget = (stream: string) => {
    bytes -= streams.get(stream)?.bytes ?? 0;
    streams.delete(stream);
  };
  const use = (stream: string): Remembered | undefined => {
    const found = streams.get(stream);
    if (found) {
      streams.delete(stream);
      streams.set(stream, found);
    }
    return found;
  };
  return {
    committed: (commit) => {
      const events = commit.events();
      const known = use(commit.stream);
      if (known) {
        known.events.push(...events);
        known.bytes += commit.bytes;
      } else if (events[0]!.revision === 0 && !trimmed.has(commit.stream)) {
        streams.set(commit.stream, { events: [...events], bytes: commit.bytes });
      } else return;
      bytes += commit.bytes;
      while (bytes > bytesMax) forget(streams.keys().next().value!);
    },
    read: (stream, { from, direction, limit }) => {
      const events = use(stream)?.events;
      if (!events) return undefined;
      if (direction !== 'backwards') {
        const start = Math.max(0, from ?? 0);
        return events.slice(start, start + limit);
      }
      const end = Math.max(0, Math.min(from ?? Infinity, events.length - 1) + 1);
      return events.slice(Math.max(0, end - limit), end).reverse();
    },
    forget: (stream) => {
      trimmed.add(stream);
      forget(stream);
    },
  };
};
