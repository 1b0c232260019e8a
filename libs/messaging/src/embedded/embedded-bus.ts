import { FileUnusable, type GroupCommitFile } from '@countersign/group-commit';
import { silentLog, type Log } from '@countersign/telemetry';
import { keptTopics } from '../kept-topics.js';
import { BusUnavailable, type Bus, type ConsumeOptions, type Consumer } from '../port.js';
import type { OutgoingRecord, ReceivedRecord } from '../port.js';
import type { JoinArgs, RecordRow, TrimArgs } from './bus-writer.js';
import { onlyPartition, startDelivery } from './delivery.js';
import { feedOf } from './feed.js';
import { groupOffsets, type GroupOffsets } from './group-offsets.js';
import { receivedFrom, recordReader, type RecordReader } from './record-reader.js';
import { refuseLarge } from './refuse-large.js';
import { topicMembers, type TopicMembers } from './topic-members.js';

export interface EmbeddedBusOptions {
  readonly log?: Log;
  /** Topics that are never trimmed; outcomes and dead letters unless said. */
  readonly keep?: readonly string[];
  /** Records a partition may hold in memory for a slow member; 1 024 are a few megabytes. */
  readonly queueMax?: number;
  readonly queueMaxBytes?: number;
  /** Records in one `deliver`; also what one read of the file takes (a few milliseconds). */
  readonly batchMax?: number;
  /** Finished records that are removed together; few, because publishers wait meanwhile. */
  readonly trimBatch?: number;
}

const limits = { queueMax: 1_024, queueMaxBytes: 16 * 1024 * 1024, batchMax: 256, trimBatch: 256 };

/** Files that have a bus: a second one would not hear of what the first one publishes. */
const taken = new WeakSet<GroupCommitFile>();

/**
 * The bus of one machine: topics are tables of the file that holds the events, so that publishing
 * and appending share commits. One partition a topic. It tells its consumers what has come, and
 * reads the file only for what they missed, of those who joined the file too. One bus a file; closing it
 * leaves the file open.
 */
export const embeddedBus = (file: GroupCommitFile, options: EmbeddedBusOptions = {}): Bus => {
  if (taken.has(file)) throw new TypeError('this file already has a bus');
  taken.add(file);
  const records = recordReader(file.reader);
  const submit = submitter(file);
  const { deliverTo, arrive, offsets } = listeners(submit, records, options);
  const consumers = new Set<Consumer>();
  let closed = false;
  file.hearOthers(({ operation, args, answer }) => {
    if (operation !== 'bus.publish' || args === undefined) return;
    const placed = answer as readonly number[];
    (args as readonly RecordRow[]).forEach((row, n) => {
      arrive(row.topic, () => receivedFrom(row, placed[n]!));
    });
  });

  /** In the order of the file, so that nothing has to be read from it. */
  const arrived = (outgoing: readonly OutgoingRecord[], placed: readonly number[]) =>
    outgoing.forEach(({ topic, key, value, headers }, n) => {
      const offset = placed[n]!;
      arrive(topic, () => ({ topic, partition: onlyPartition, offset, key, value, headers }));
    });
  const checkOpen = () => {
    if (closed) throw new BusUnavailable('the bus has been closed');
  };
  return {
    publish: async (outgoing) => {
      checkOpen();
      if (outgoing.length === 0) return;
      const heard = (placed: readonly number[]) => arrived(outgoing, placed);
      await submit('bus.publish', outgoing.map(rowOf), { heard });
    },
    enclose: (outgoing, published) => {
      checkOpen();
      return file.enclose<readonly number[]>('bus.publish', outgoing.map(rowOf), (placed) => {
        published();
        arrived(outgoing, placed);
      });
    },
    consume: async (options) => {
      checkOpen();
      // Known by its identity: two members may well have the same options.
      const member = { ...options };
      const { group, topics } = member;
      await reporting(() => Promise.all(topics.map((topic) => file.wantToHear(topic))));
      const starts = await submit<number[]>('bus.join', { group, topics } satisfies JoinArgs);
      topics.forEach((topic, n) => offsets.start({ group, topic, offset: starts[n]! }));
      for (const topic of topics) deliverTo(group, topic).join(member);
      const consumer = {
        close: async () => {
          consumers.delete(consumer);
          await Promise.all(topics.map((topic) => deliverTo(group, topic).leave(member)));
        },
      };
      consumers.add(consumer);
      return consumer;
    },
    browse: (topic, filter) => {
      checkOpen();
      return records.browse(topic, filter?.key);
    },
    close: async () => {
      closed = true;
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await offsets.settled();
      taken.delete(file);
    },
  };
};

/** Who listens to what, and how far each group has come. */
const listeners = (submit: Submit, records: RecordReader, options: EmbeddedBusOptions) => {
  const { log = silentLog, keep = keptTopics, ...chosen } = options;
  const { trimBatch, ...feedLimits } = { ...limits, ...chosen };
  const byTopic = new Map<string, Map<string, TopicMembers>>();
  const groupsOf = (topic: string) => {
    const groups = byTopic.get(topic) ?? new Map<string, TopicMembers>();
    byTopic.set(topic, groups);
    return groups;
  };
  const trim = trimmer(submit, keep, trimBatch, log);
  const offsets: GroupOffsets = groupOffsets(
    (at) => submit<void>('bus.commit', at),
    (topic) => {
      const groups = [...groupsOf(topic).keys()];
      trim(topic, Math.min(...groups.map((group) => offsets.committed(group, topic))));
    },
  );
  const start = (group: string, topic: string) => (member: ConsumeOptions) => {
    const committed = () => offsets.committed(group, topic);
    const read = (after: number, limit: number) => records.after(topic, after, limit);
    return startDelivery({
      topic,
      member,
      feed: feedOf({ read, ...feedLimits }, committed()),
      commit: (offset) => offsets.commit({ group, topic, offset }),
      committed,
      settled: offsets.settled,
      log,
    });
  };
  return {
    offsets,
    deliverTo: (group: string, topic: string): TopicMembers => {
      const groups = groupsOf(topic);
      const members = groups.get(group) ?? topicMembers(start(group, topic));
      groups.set(group, members);
      return members;
    },
    arrive: (topic: string, received: () => ReceivedRecord) => {
      const groups = byTopic.get(topic);
      if (!groups) return;
      const record = received();
      for (const members of groups.values()) members.arrive(record);
    },
  };
};

type Submit = GroupCommitFile['submit'];

const submitter =
  (file: GroupCommitFile): Submit =>
  (operation, args, submission) =>
    reporting(() => file.submit(operation, args, submission));

const reporting = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof FileUnusable)) throw error;
    throw new BusUnavailable(error.message, { cause: error });
  }
};

const rowOf = (record: OutgoingRecord): RecordRow => {
  refuseLarge(record);
  const { topic, key, value, headers } = record;
  return { topic, key, value, headers: JSON.stringify(headers) };
};

/** Asks for a trim when so many more are done here; the writer knows of groups that do not run. */
const trimmer = (submit: Submit, keep: readonly string[], trimBatch: number, log: Log) => {
  const askedAt = new Map<string, number>();
  const trim = async (topic: string) => {
    const limit = trimBatch;
    try {
      const args = { topic, limit } satisfies TrimArgs;
      while ((await submit<number>('bus.trim', args)) === limit);
    } catch (error) {
      log.warn('done records stay until the next trim', { topic, cause: String(error) });
    }
  };
  return (topic: string, done: number): void => {
    if (keep.includes(topic) || done - (askedAt.get(topic) ?? 0) < trimBatch) return;
    askedAt.set(topic, done);
    void trim(topic);
  };
};
