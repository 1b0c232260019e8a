import { positionOf, type Position } from '@countersign/event-store';

/** An event as a client sends it. */
export interface ProposedEvent {
  /** UUID in lower case. */
  readonly id: string;
  readonly type: string;
  /** What the content type says; the bytes are never looked at. */
  readonly json: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface RecordedEvent extends ProposedEvent {
  readonly stream: string;
  readonly revision: number;
  /** Place in the order of all events. */
  readonly seq: number;
  /** The same, as the engine says it. */
  readonly position: Position;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
}

/** `-1`: the stream must not exist. */
export type Expected = number | 'any' | 'exists';

/** One row of `events` with its body. */
export interface RecordedRow {
  readonly seq: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly json: number;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export const recorded = ({ created, json, ...row }: RecordedRow): RecordedEvent => ({
  ...row,
  json: json === 1,
  createdMs: created,
  position: positionOf(row.seq),
});

/** The last event of a stream that was ended for ever. */
export const tombstoneType = '$streamDeleted';
export const metadataType = '$metadata';

export const isMetastream = (stream: string): boolean => stream.startsWith('$$');
export const metastreamOf = (stream: string): string => `$$${stream}`;
export const originalOf = (metastream: string): string => metastream.slice(2);

/** The events of one write with their places. */
export const positioned = (
  written: { stream: string; revision: number; seq: number; events: readonly ProposedEvent[] },
  createdMs: number,
): RecordedEvent[] => {
  const { stream, events } = written;
  return events.map((event, index) => {
    const before = events.length - 1 - index;
    const seq = written.seq - before;
    const revision = written.revision - before;
    return { ...event, stream, revision, seq, position: positionOf(seq), createdMs };
  });
};
