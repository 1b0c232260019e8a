import { FileUnusable, type GroupCommitFile } from '@countersign/group-commit';
import { silentLog, type Log } from '@countersign/telemetry';
import {
  StoreUnavailable,
  type EventStore,
  type SubscribeOptions,
  type Subscription,
} from '../port.js';
import { appender, commitOfOthers, type Submit } from './appender.js';
import { begunStreams } from './begun-streams.js';
import { headOf, historyOf } from './history.js';
import { commits, type Commits } from './live.js';
import { distinctPrefixes, matches } from './prefixes.js';
import { recentStreams } from './recent-streams.js';
import { seqOf } from './rows.js';
import { checkStreamName, kindOf } from './stream-name.js';
import { readOptions, streamReader, type LimitedRead } from './stream-reader.js';
import { startSubscription } from './subscription.js';
import { everyKind, type LimitArgs } from './writer.js';

export interface EmbeddedStoreOptions {
  readonly log?: Log;
  /**
   * Prefixes of streams that are written through this store alone, whoever else has the file: what
   * it did not see begin does not exist. None unless said.
   */
  readonly writtenHere?: readonly string[];
}

/** Files that have a store: a second one on the same would not hear of the first one's commits. */
const taken = new WeakSet<GroupCommitFile>();

/**
 * The event store in process, on a file opened with `eventStoreWriter`, or joined; then each stream
 * is written through one of its stores alone. One store a file; closing it ends its subscriptions and
 * leaves the file open. Data and metadata of appended events are frozen: live subscribers get the same
 * objects.
 */
export const embeddedStore = (
  file: GroupCommitFile,
  { log = silentLog, writtenHere = [] }: EmbeddedStoreOptions = {},
): EventStore => {
  if (taken.has(file)) throw new TypeError('this file already has an event store');
  taken.add(file);
  const live = commits();
  const recent = recentStreams();
  const begun = begunStreams(file.reader);
  const readFile = streamReader(file.reader);
  const read = (stream: string, asked: LimitedRead) =>
    matches(writtenHere, stream) && !begun.mayBe(stream) ? [] : readFile(stream, asked);
  const subscriptions = subscriptionsOn(file, live, log);
  let closed = false;
  file.hearOthers((write) => {
    const commit = commitOfOthers(write);
    if (commit) live.announce(commit);
  });

  const checkOpen = () => {
    if (closed) throw new StoreUnavailable('the event store has been closed');
  };
  const submit: Submit = async (operation, args, submission) => {
    checkOpen();
    try {
      return await file.submit(operation, args, submission);
    } catch (error) {
      if (!(error instanceof FileUnusable)) throw error;
      throw new StoreUnavailable(error.message, { cause: error });
    }
  };
  return {
    append: appender(submit, (commit) => {
      if (commit.events()[0]!.revision === 0) begun.begins(commit.stream);
      recent.committed(commit);
      live.announce(commit);
    }),
    read: async (stream, options = {}) => {
      checkOpen();
      const asked = readOptions(options);
      return recent.read(stream, asked) ?? read(stream, asked);
    },
    subscribe: (options) => {
      checkOpen();
      return subscriptions.start(options);
    },
    limitStream: async (stream, maxCount) => {
      checkStreamName(stream);
      if (!Number.isSafeInteger(maxCount) || maxCount < 1) {
        throw new RangeError(`${stream}: cannot keep ${maxCount} events`);
      }
      recent.forget(stream);
      const args: LimitArgs = { stream, maxCount };
      await submit('events.limit', args);
    },
    comparePositions: (a, b) => seqOf(a) - seqOf(b),
    close: async () => {
      closed = true;
      begun.close();
      await subscriptions.close();
      taken.delete(file);
    },
  };
};

const subscriptionsOn = (file: GroupCommitFile, live: Commits, log: Log) => {
  const head = headOf(file.reader);
  const open = new Set<Subscription>();
  return {
    start: (options: SubscribeOptions): Subscription => {
      const prefixes = distinctPrefixes(options.prefixes);
      const { batchMax = 1 } = options;
      if (!Number.isSafeInteger(batchMax) || batchMax < 1) {
        throw new RangeError(`cannot deliver ${batchMax} events a batch`);
      }
      const after = options.after === undefined ? 0 : seqOf(options.after);
      const last = head();
      if (after > last) {
        throw new RangeError(`position ${options.after} is beyond the end: of another store?`);
      }
      const page = historyOf(file.reader, prefixes);
      const wanted = (stream: string) => matches(prefixes, stream);
      const kinds = prefixes.map((prefix) => file.wantToHear(kindOf(prefix) ?? everyKind));
      // When the file is broken its reader says so.
      const ready = Promise.all(kinds).catch(() => undefined);
      const parts = { page, commits: live, wanted, after, head: last, ready, log };
      const subscription = startSubscription(parts, options);
      open.add(subscription);
      return {
        get state() {
          return subscription.state;
        },
        caughtUp: subscription.caughtUp,
        tellReached: () => subscription.tellReached(),
        close: async () => {
          await subscription.close();
          open.delete(subscription);
        },
      };
    },
    close: async () => {
      await Promise.all([...open].map((subscription) => subscription.close()));
      open.clear();
    },
  };
};
