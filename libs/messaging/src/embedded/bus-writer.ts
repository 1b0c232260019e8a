import type { DatabaseSync } from 'node:sqlite';
import type { WriterModule } from '@countersign/group-commit';

/** A record as its row; headers are JSON. */
export interface RecordRow {
  readonly topic: string;
  readonly key: string;
  readonly value: string | Uint8Array;
  readonly headers: string;
}
export interface JoinArgs {
  readonly group: string;
  readonly topics: readonly string[];
}
/** Everything of `topic` up to and including `offset` is done for `group`. */
export interface GroupOffset {
  readonly group: string;
  readonly topic: string;
  readonly offset: number;
}
export interface TrimArgs {
  readonly topic: string;
  /** At most this many offsets in one transaction, so that publishers never wait long. */
  readonly limit: number;
}

/**
 * Row id = topic id × 2^40 + offset: one b-tree in which each topic's records lie side by side, so
 * that appending, reading on and trimming need no second index. 2^53 leaves room for 8 191 topics.
 */
export const topicSpan = 2 ** 40;
const topicsMax = 2 ** 13 - 1;

const schema = `
  create table if not exists bus_topics (id integer primary key, name text not null unique);
  create table if not exists bus_records (
    id integer primary key, key text not null, value not null, headers text not null);
  create table if not exists bus_offsets (
    topic text not null, group_name text not null, committed integer not null,
    primary key (topic, group_name)) without rowid;`;

/** Topics, and the offsets of groups, as tables of the file that the events are in. */
export const busWriter: WriterModule = {
  source: { url: import.meta.url, name: 'busWriter' },
  told: {
    'bus.publish': (records: readonly RecordRow[]) => records.map(({ topic }) => topic),
  },
  schema,
  prepare: (db) => {
    const topicBase = topicBases(db);
    return {
      'bus.publish': publishing(db, topicBase),
      'bus.join': joining(db),
      'bus.commit': committing(db),
      'bus.trim': trimming(db, topicBase),
    };
  },
};

/** Not remembered between calls: a group commit that fails takes a new topic back. */
const topicBases = (db: DatabaseSync) => {
  const find = db.prepare('select id from bus_topics where name = ?');
  const add = db.prepare('insert into bus_topics (name) values (?) returning id');
  return (topic: string): number => {
    const { id } = (find.get(topic) ?? add.get(topic)) as { id: number };
    if (id > topicsMax) throw new RangeError(`more than ${topicsMax} topics: ${topic}`);
    return id * topicSpan;
  };
};

/** Answers the offset of each record, in order. */
const publishing = (db: DatabaseSync, topicBase: (topic: string) => number) => {
  const last = db.prepare('select max(id) as id from bus_records where id > ? and id < ?');
  const insert = db.prepare('insert into bus_records values (?, ?, ?, ?)');
  return (records: readonly RecordRow[]): number[] => {
    const ends = new Map<string, number>();
    return records.map(({ topic, key, value, headers }) => {
      let end = ends.get(topic);
      if (end === undefined) {
        const base = topicBase(topic);
        end = (last.get(base, base + topicSpan) as { id: number | null }).id ?? base;
      }
      const id = end + 1;
      ends.set(topic, id);
      insert.run(id, key, value, headers);
      return id % topicSpan;
    });
  };
};

/** Makes the group known to the topics and answers where it stands in each. */
const joining = (db: DatabaseSync) => {
  const add = db.prepare('insert or ignore into bus_offsets values (?, ?, 0)');
  const find = db.prepare('select committed from bus_offsets where topic = ? and group_name = ?');
  return ({ group, topics }: JoinArgs): number[] =>
    topics.map((topic) => {
      add.run(topic, group);
      return (find.get(topic, group) as { committed: number }).committed;
    });
};

const committing = (db: DatabaseSync) => {
  const move = db.prepare(
    `update bus_offsets set committed = max(committed, ?) where topic = ? and group_name = ?`,
  );
  return (offsets: readonly GroupOffset[]): null => {
    for (const { group, topic, offset } of offsets) move.run(offset, topic, group);
    return null;
  };
};

/**
 * Removes what every known group has committed, oldest first; answers how many are gone. The newest
 * record of a topic always stays: it holds the place from which offsets go on.
 */
const trimming = (db: DatabaseSync, topicBase: (topic: string) => number) => {
  const done = db.prepare('select min(committed) as offset from bus_offsets where topic = ?');
  // Two look-ups: SQLite walks the whole range for a min and a max in one.
  const oldest = db.prepare('select min(id) as id from bus_records where id > ? and id < ?');
  const newest = db.prepare('select max(id) as id from bus_records where id > ? and id < ?');
  const remove = db.prepare('delete from bus_records where id >= ? and id <= ?');
  return ({ topic, limit }: TrimArgs): number => {
    const { offset } = done.get(topic) as { offset: number | null };
    const base = topicBase(topic);
    const first = (oldest.get(base, base + topicSpan) as { id: number | null }).id;
    const last = (newest.get(base, base + topicSpan) as { id: number | null }).id;
    if (offset === null || first === null || last === null) return 0;
    const upTo = Math.min(base + offset, last - 1, first + limit - 1);
    return Number(remove.run(first, upTo).changes);
  };
};
