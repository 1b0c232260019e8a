import type { DatabaseSync } from 'node:sqlite';
import type { AppendAnswer } from '@countersign/event-store';
import type { ProposedEvent } from './recorded.js';
import { recentIdsSchema } from './schema.js';

/** As many as a node of the real server keeps with its default settings, about. */
const keptMax = 100_000;

interface Seen {
  readonly n: number;
  readonly stream: string;
  readonly revision: number;
  readonly seq: number;
}

/** The ids written since the start, by which repeats under `any` and `exists` are recognised. */
export type RecentIds = ReturnType<typeof prepareRecentIds>;

export const prepareRecentIds = (db: DatabaseSync) => {
  db.exec(recentIdsSchema);
  const insert = db.prepare(
    'insert into temp.recent_ids (id, stream, revision, seq) values (?, ?, ?, ?)',
  );
  const forget = db.prepare('delete from temp.recent_ids where n = ?');
  const find = db.prepare(
    'select n, stream, revision, seq from temp.recent_ids where id = ? order by n desc limit 1',
  );
  return {
    add: (id: string, stream: string, revision: number, seq: number): void => {
      const n = Number(insert.run(id, stream, revision, seq).lastInsertRowid);
      if (n > keptMax) forget.run(n - keptMax);
    },
    /** Undefined: new. All known: the original result. Known in part: a conflict. */
    repeated: (
      stream: string,
      events: readonly ProposedEvent[],
      last: number,
    ): AppendAnswer | undefined => {
      let result: Seen | undefined;
      for (const [index, { id }] of events.entries()) {
        const found = find.get(id) as Seen | undefined;
        if (found?.stream !== stream) {
          return index === 0 ? undefined : { outcome: 'conflict', revision: last, seq: 0 };
        }
        result = found;
      }
      return result && { outcome: 'repeated', revision: result.revision, seq: result.seq };
    },
  };
};
