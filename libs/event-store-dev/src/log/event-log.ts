import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { commits, followed, type Commits, type Page } from '@countersign/event-store';
import { openFile } from '@countersign/group-commit';
import { proposed } from './put.js';
import { logReader, type LogReader } from './reader.js';
import { positioned, type Expected, type ProposedEvent, type RecordedEvent } from './recorded.js';
import { protocolWriter } from './writer.js';
import type { EndArgs, WriteAnswer, WriteArgs, Written } from './writes.js';

/** Some events of a subscription in order. */
export interface Followed extends Page<RecordedEvent> {
  /** Whether this page ends where the log ends now; else more history follows. */
  readonly live: boolean;
}

export interface EventLog {
  /** @throws FileUnusable the outcome is unknown */
  append(
    stream: string,
    expected: Expected,
    events: readonly ProposedEvent[],
  ): Promise<WriteAnswer>;
  /** Ends a stream. @throws FileUnusable */
  end(stream: string, expected: Expected, forEver: boolean): Promise<WriteAnswer>;
  readonly read: LogReader;
  /** Every event after a place, history first, until `closing`. `page` reads the file instead. */
  follow(from: FollowFrom, closing: AbortSignal): AsyncGenerator<Followed>;
  /** Notes the start among the system's own events: whoever reads all of them meets some. */
  started(): Promise<void>;
  close(): Promise<void>;
}

export interface FollowFrom {
  /** Exclusive. */
  readonly after: number;
  readonly page: (after: number, limit: number) => Page<RecordedEvent>;
  readonly wanted: (stream: string) => boolean;
}

/** Events of one page. */
const pageMax = 500;

export interface EventLogOptions {
  /** Writes in a thread of its own, so that waiting for the disk stops nobody. */
  readonly thread: boolean;
  /** Whether repeats under ANY and STREAM_EXISTS are recognised now. */
  readonly remembersIds: () => boolean;
}

/**
 * The log in one SQLite file, which is made if absent.
 * @throws FileUnusable folder missing, no permission, not a database, or another process has it
 */
export const openEventLog = (path: string, { thread, remembersIds }: EventLogOptions): EventLog => {
  const file = openFile({ path, modules: [protocolWriter], synchronous: 'FULL', thread });
  const live = commits<RecordedEvent>();
  const submit = async (operation: string, args: WriteArgs | EndArgs): Promise<WriteAnswer> => {
    const answer = await file.submit<WriteAnswer>(operation, args);
    for (const written of answer.written) announce(live, written, args.createdMs);
    return answer;
  };
  const append: EventLog['append'] = (stream, expected, events) => {
    const createdMs = Date.now();
    const args = { stream, expected, events, createdMs, remembersIds: remembersIds() };
    return submit('protocol.append', args satisfies WriteArgs);
  };
  return {
    append,
    end: (stream, expected, forEver) => {
      const args: EndArgs = { stream, expected, forEver, createdMs: Date.now() };
      return submit('protocol.end', args);
    },
    read: logReader(file.reader),
    follow: (from, closing) => follow(live, from, closing),
    started: async () => {
      const noted = proposed('$started', randomUUID(), JSON.stringify({ by: 'development' }));
      await append('$development-event-store', 'any', [noted]);
    },
    close: () => file.close(),
  };
};

const announce = (live: Commits<RecordedEvent>, written: Written, createdMs: number): void => {
  const { stream, seq, events } = written;
  const bytes = events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
  let made: readonly RecordedEvent[] | undefined;
  live.announce({ stream, seq, bytes, events: () => (made ??= positioned(written, createdMs)) });
};

async function* follow(
  live: Commits<RecordedEvent>,
  from: FollowFrom,
  closing: AbortSignal,
): AsyncGenerator<Followed> {
  let wake = () => {};
  const source = followed({ ...from, commits: live }, pageMax, () => wake());
  closing.addEventListener('abort', () => wake());
  try {
    while (!closing.aborted) {
      const page = source.take();
      yield { ...page, live: source.live && !source.waiting };
      // Between pages everybody else gets a turn.
      if (source.waiting) await turn();
      else if (!closing.aborted) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    source.stop();
  }
}
