import type { Page } from '@countersign/event-store';
import type { FollowFrom } from '../log/event-log.js';
import type { LogReader } from '../log/reader.js';
import { tombstoneType, type RecordedEvent } from '../log/recorded.js';
import { streamDeleted } from './errors.js';
import type { Filter } from './filter.js';

/** What a subscription follows. */
export interface Source {
  readonly from: FollowFrom;
  readonly wants: (event: RecordedEvent) => boolean;
  /** Told of every event that was looked at, in order. */
  readonly checkpointDue: (event: RecordedEvent) => boolean;
}

/** Every event after a sequence number. */
export const ofAll = (read: LogReader, after: number, filter: Filter | undefined): Source => {
  const from = { after: Math.min(after, read.head()), page: read.all, wanted: () => true };
  if (!filter) return { from, wants: () => true, checkpointDue: () => false };
  let searched = 0;
  const checkpointDue = () => {
    searched = (searched + 1) % filter.checkpointEvery;
    return searched === 0;
  };
  return { from, wants: filter.matches, checkpointDue };
};

/**
 * One stream after a revision; `end`: after its last. Pages go by revision, so that nothing else is
 * read. @throws FAILED_PRECONDITION it has a tombstone, now or later
 */
export const ofStream = (read: LogReader, stream: string, after: number | 'end'): Source => {
  const state = read.state(stream, Date.now());
  if (state.kind === 'tombstoned') throw streamDeleted(stream);
  const asked = after === 'end' ? state.last : after;
  let next = asked + 1;
  const page = (reached: number, limit: number): Page<RecordedEvent> => {
    const head = read.head();
    const events = read.stream(stream, 'forwards', next, limit);
    const last = events.at(-1);
    if (!last) return { events, seq: Math.max(head, reached), end: true };
    next = last.revision + 1;
    return { events, seq: last.seq, end: false };
  };
  const { first, notBeforeMs } = state;
  const wants = (event: RecordedEvent): boolean => {
    if (event.type === tombstoneType) throw streamDeleted(stream);
    // Live events are taken from memory: a page after them begins behind them.
    next = Math.max(next, event.revision + 1);
    return event.revision > asked && event.revision >= first && event.createdMs >= notBeforeMs;
  };
  const from = { after: 0, page, wanted: (name: string) => name === stream };
  return { from, wants, checkpointDue: () => false };
};
