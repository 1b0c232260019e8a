import type { DatabaseSync } from 'node:sqlite';
import type { AppendAnswer, AppendArgs } from '@countersign/event-store';
import type { RecentIds } from './recent-ids.js';
import { isMetastream, originalOf, type ProposedEvent } from './recorded.js';
import { rulesIn } from './stream-rules.js';
import { conflict, type WriteAnswer, type WriteArgs } from './writes.js';

/** The operations of the engine's writer that the protocol stands on. */
export interface EngineWrites {
  readonly append: (args: AppendArgs) => AppendAnswer;
  readonly limit: (args: { stream: string; maxCount: number }) => void;
}

/** How much more than `$maxCount` is kept, in case it is raised: as before a scavenge. */
const keptBeyondLimit = 1_000;

/**
 * Writes through the engine, which knows places and ids; the bodies stand beside. Metadata takes
 * effect with the transaction that writes it.
 */
export const prepareWriting = (db: DatabaseSync, engine: EngineWrites, recentIds: RecentIds) => {
  const lastOf = prepareLast(db);
  const addBody = db.prepare('insert into bodies values (?, ?, ?, ?, ?)');
  const setRules = db.prepare(`
    insert into stream_rules (stream, truncate_before, max_count, max_age_seconds)
    values (?, ?, ?, ?)
    on conflict (stream) do update set truncate_before = excluded.truncate_before,
      max_count = excluded.max_count, max_age_seconds = excluded.max_age_seconds`);
  const unlimit = db.prepare('update streams set max_count = null where name = ?');

  const obey = (stream: string, metadata: Uint8Array): void => {
    const { truncateBefore, maxCount, maxAgeSeconds } = rulesIn(metadata);
    setRules.run(stream, truncateBefore, maxCount ?? null, maxAgeSeconds ?? null);
    if (maxCount) engine.limit({ stream, maxCount: maxCount + keptBeyondLimit });
    else unlimit.run(stream);
  };

  return (
    { stream, events, createdMs }: Pick<WriteArgs, 'stream' | 'events' | 'createdMs'>,
    expected: number,
  ): WriteAnswer => {
    if (events.length === 0) return writtenNothing(expected, lastOf(stream));
    const rows = events.map(({ id, type }) => ({ id, type, data: '', metadata: '' }));
    const answer = engine.append({ stream, expected, events: rows });
    if (answer.outcome !== 'written') return { ...answer, written: [] };
    const { revision, seq } = answer;
    for (const [index, { id, json, data, metadata }] of events.entries()) {
      const before = events.length - 1 - index;
      addBody.run(seq - before, createdMs, json ? 1 : 0, data, metadata);
      recentIds.add(id, stream, revision - before, seq - before);
    }
    if (isMetastream(stream)) obey(originalOf(stream), events.at(-1)!.data);
    return { ...answer, written: [{ stream, revision, seq, events }] };
  };
};

export type Write = ReturnType<typeof prepareWriting>;

/** The stream's last revision; -1: there is none. */
export const prepareLast = (db: DatabaseSync): ((stream: string) => number) => {
  const last = db.prepare(`
    select max(revision) as last from events
    where stream = (select id from streams where name = ?)`);
  return (stream) => (last.get(stream) as { last: number | null }).last ?? -1;
};

const writtenNothing = (expected: number, last: number): WriteAnswer =>
  expected === last ? { outcome: 'written', revision: last, seq: 0, written: [] } : conflict(last);

export const proposed = (type: string, id: string, text: string): ProposedEvent => ({
  id,
  type,
  json: true,
  data: Buffer.from(text),
  metadata: new Uint8Array(),
});
