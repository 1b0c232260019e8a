import type { Submission, ToldWrite } from '@countersign/group-commit';
import {
  WrongExpectedRevision,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type StoredEvent,
} from '../port.js';
import type { Commit } from './live.js';
import { freezePlainJson } from './plain-json.js';
import { positionOf, toRows, type EventRow } from './rows.js';
import { checkStreamName } from './stream-name.js';
import type { AppendAnswer, AppendArgs } from './writer.js';

/** How a write gets into the file. */
export type Submit = <Answer>(
  operation: string,
  args: unknown,
  submission?: Submission<Answer>,
) => Promise<Answer>;

/** @param announce told of each append that wrote something, in the order of the file */
export const appender =
  (submit: Submit, announce: (commit: Commit) => void): EventStore['append'] =>
  async (stream, expected, events, enclosure) => {
    checkStreamName(stream);
    const rows = toRows(stream, events);
    const shareable = events.map(({ data, metadata }): Shareable => ({
      data: freezePlainJson(data) ? data : undefined,
      metadata: freezePlainJson(metadata) ? metadata : undefined,
    }));
    const args: AppendArgs = { stream, expected: revisionOf(stream, expected), events: rows };
    const { outcome, revision, seq } = await submit<AppendAnswer>('events.append', args, {
      enclosure,
      heard: (answer) => {
        if (answer.outcome !== 'written') return;
        const stored = () => asStored(stream, answer.revision, answer.seq, rows, shareable);
        announce({ stream, seq: answer.seq, bytes: bytesOf(rows), events: once(stored) });
      },
    });
    if (outcome === 'conflict') {
      throw new WrongExpectedRevision(stream, expected, revision < 0 ? 'no-stream' : revision);
    }
    return { revision, position: positionOf(seq) };
  };

/**
 * An append that another thread has made durable; undefined when it wrote nothing. Of one that nobody
 * wants here only its place is known.
 */
export const commitOfOthers = ({ operation, args, answer }: ToldWrite): Commit | undefined => {
  if (operation !== 'events.append') return undefined;
  const { outcome, revision, seq } = answer as AppendAnswer;
  if (outcome !== 'written') return undefined;
  if (args === undefined) return { stream: '', seq, bytes: 0, events: () => [] };
  const { stream, events: rows } = args as AppendArgs;
  const stored = () => asStored(stream, revision, seq, rows, []);
  return { stream, seq, bytes: bytesOf(rows), events: once(stored) };
};

const bytesOf = (rows: readonly EventRow[]): number =>
  rows.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);

/** The parts of an event that reading would give back just so. */
interface Shareable {
  readonly data: NewEvent['data'] | undefined;
  readonly metadata: NewEvent['metadata'] | undefined;
}

/** Equal to what a read gives; the appender's own objects where that is so. */
const asStored = (
  stream: string,
  lastRevision: number,
  lastSeq: number,
  rows: readonly EventRow[],
  shareable: readonly Shareable[],
): readonly StoredEvent[] =>
  rows.map(({ id, type, data, metadata }, index) => {
    const before = rows.length - 1 - index;
    return {
      id,
      type,
      data: shareable[index]?.data ?? (JSON.parse(data) as unknown),
      metadata: shareable[index]?.metadata ?? (JSON.parse(metadata) as NewEvent['metadata']),
      stream,
      revision: lastRevision - before,
      position: positionOf(lastSeq - before),
    };
  });

const once = <Value>(make: () => Value): (() => Value) => {
  let made: Value | undefined;
  return () => (made ??= make());
};

const revisionOf = (stream: string, expected: ExpectedRevision): number => {
  if (expected === 'no-stream') return -1;
  if (Number.isSafeInteger(expected) && expected >= 0) return expected;
  throw new RangeError(`${stream}: ${expected} is not a revision`);
};
