import type { Position, StoredEvent } from '../port.js';
import type { Page } from './history.js';
import { seqOf } from './rows.js';

/** One append that has just become durable. */
export interface Commit<Event = StoredEvent> {
  readonly stream: string;
  /** Sequence number of its last event. */
  readonly seq: number;
  /** JSON text of its events. */
  readonly bytes: number;
  /** Made when first asked for, shared by all who ask. */
  readonly events: () => readonly Event[];
}

export interface Follower<Event = StoredEvent> {
  /** Called for each commit, in order. */
  committed(commit: Commit<Event>): void;
  /** Called once after the commits of one group. */
  settled(): void;
}

export interface Commits<Event = StoredEvent> {
  announce(commit: Commit<Event>): void;
  /** Returns how to stop following. */
  follow(follower: Follower<Event>): () => void;
}

/** Hands what was just committed to those who follow. */
export const commits = <Event = StoredEvent>(): Commits<Event> => {
  const followers = new Set<Follower<Event>>();
  let announced = false;
  return {
    announce: (commit) => {
      for (const follower of followers) follower.committed(commit);
      if (announced) return;
      announced = true;
      // After all promises of the group have been answered: their events make one batch.
      process.nextTick(() => {
        announced = false;
        for (const follower of followers) follower.settled();
      });
    },
    follow: (follower) => {
      followers.add(follower);
      return () => void followers.delete(follower);
    },
  };
};

/** What a slow subscriber may leave waiting in memory before it is sent back to the file. */
const waitingEventsMax = 4_096;
const waitingBytesMax = 16 * 1_024 * 1_024;

/** The wanted events since a subscription reached the end of history. */
export interface LiveQueue<Event = StoredEvent> {
  /** False: too much waits, and everything that waited has been let go. */
  offer(commit: Commit<Event>): boolean;
  /** Everything up to this sequence number stands in the queue or was taken. */
  readonly seq: number;
  readonly waiting: number;
  take(max: number): Page<Event>;
}

/** @param seq what the subscription has read already */
export const liveQueue = <Event extends { readonly position: Position }>(
  wanted: (stream: string) => boolean,
  seq: number,
): LiveQueue<Event> => {
  let events: Event[] = [];
  let bytes = 0;
  let reached = seq;
  return {
    get seq() {
      return reached;
    },
    get waiting() {
      return events.length;
    },
    offer: (commit) => {
      // Committed before the page was read, announced after it: has been read.
      if (commit.seq <= reached) return true;
      reached = commit.seq;
      if (!wanted(commit.stream)) return true;
      events.push(...commit.events());
      // Counted until the queue is empty: an estimate on the safe side.
      bytes += commit.bytes;
      return events.length <= waitingEventsMax && bytes <= waitingBytesMax;
    },
    take: (max) => {
      if (events.length <= max) {
        const page = { events, seq: reached, end: true };
        events = [];
        bytes = 0;
        return page;
      }
      const taken = events.slice(0, max);
      events = events.slice(max);
      return { events: taken, seq: seqOf(taken.at(-1)!.position), end: false };
    },
  };
};
