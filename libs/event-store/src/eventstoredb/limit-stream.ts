import { effectIdOf } from '@countersign/decider';
import { checkStreamName } from '../embedded/stream-name.js';
import { WrongExpectedRevision, type Appended, type EventStore, type NewEvent } from '../port.js';
import type { Reads } from './reads.js';

type Write = (
  stream: string,
  expected: number | 'no-stream',
  events: readonly NewEvent[],
) => Promise<Appended>;

const metadataIds = '3c2b5a8e-7a51-5f0e-9c55-6a0b7e1d4f90';

/** A stream is limited by an event of its metadata stream, which the store heeds when reading. */
export const streamLimiter =
  ({ read }: Reads, write: Write): EventStore['limitStream'] =>
  async (stream, maxCount) => {
    checkStreamName(stream);
    if (!Number.isSafeInteger(maxCount) || maxCount < 1) {
      throw new RangeError(`${stream}: cannot keep ${maxCount} events`);
    }
    const of = `$$${stream}`;
    for (let written = false; !written;) {
      const [last] = await read(of, { direction: 'backwards', limit: 1 });
      const known = (last?.data ?? {}) as Record<string, unknown>;
      if (known['$maxCount'] === maxCount) return;
      const event = {
        id: effectIdOf(metadataIds, `${stream}:${last?.revision ?? -1}:${maxCount}`),
        type: '$metadata',
        data: { ...known, $maxCount: maxCount },
        metadata: {},
      };
      written = await write(of, last?.revision ?? 'no-stream', [event]).then(
        () => true,
        (error: unknown) => {
          if (error instanceof WrongExpectedRevision) return false;
          throw error;
        },
      );
    }
  };
