import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { eventStoreWriter } from '@countersign/event-store';
import type { WriterModule } from '@countersign/group-commit';
import { prepareLast, prepareWriting, proposed, type EngineWrites } from './put.js';
import { prepareRecentIds } from './recent-ids.js';
import { isMetastream, metastreamOf, originalOf, tombstoneType } from './recorded.js';
import { protocolSchema } from './schema.js';
import { deleted, rulesReader } from './stream-rules.js';
import { prepareTruncation } from './truncation.js';
import { conflict, gone, type EndArgs, type WriteAnswer, type WriteArgs } from './writes.js';

/** The engine's append under the protocol's rules: bytes, deletion, metadata, loose revisions. */
export const protocolWriter: WriterModule = {
  source: { url: import.meta.url, name: 'protocolWriter' },
  schema: `${eventStoreWriter.schema}; ${protocolSchema}`,
  prepare: (db) => {
    const engine = eventStoreWriter.prepare(db);
    const { append, end } = protocolWrites(db, {
      append: engine['events.append'] as EngineWrites['append'],
      limit: engine['events.limit'] as EngineWrites['limit'],
    });
    return { 'protocol.append': append, 'protocol.end': end };
  },
};

/** Order of checks as on a real server: tombstone, loose revisions by ids, then the engine's own. */
const protocolWrites = (db: DatabaseSync, engine: EngineWrites) => {
  const rulesOf = rulesReader(db);
  const last = prepareLast(db);
  const recentIds = prepareRecentIds(db);
  const write = prepareWriting(db, engine, recentIds);
  const truncate = prepareTruncation(db, write);
  const tombstone = db.prepare(`
    insert into stream_rules (stream, tombstoned) values (?, 1)
    on conflict (stream) do update set tombstoned = 1`);

  /** A deleted stream goes on where it ended, and is read from there. */
  const revive = (args: WriteArgs): WriteAnswer => {
    const answer = write(args, last(args.stream));
    if (answer.outcome !== 'written' || args.events.length === 0) return answer;
    const from = answer.revision - args.events.length + 1;
    const told = truncate(args.stream, from, args.createdMs);
    return { ...answer, written: [...answer.written, ...told.written] };
  };

  const append = (args: WriteArgs): WriteAnswer => {
    const { stream, expected, events } = args;
    const rules = rulesOf(stream);
    if (rules.tombstoned || (isMetastream(stream) && rulesOf(originalOf(stream)).tombstoned)) {
      return gone;
    }
    const softDeleted = rules.truncateBefore === deleted;
    if (typeof expected === 'number') {
      if (softDeleted && expected === last(stream)) return revive(args);
      const answer = write(args, expected);
      const afresh = softDeleted && expected === -1 && answer.outcome === 'conflict';
      return afresh ? revive(args) : answer;
    }
    const now = last(stream);
    if (expected === 'exists') {
      if (softDeleted) return gone;
      if (now < 0 && last(metastreamOf(stream)) < 0) return conflict(now);
    }
    const known = args.remembersIds ? recentIds.repeated(stream, events, now) : undefined;
    if (known) return { ...known, written: [] };
    return softDeleted ? revive(args) : write(args, now);
  };

  const end = ({ stream, expected, createdMs, forEver }: EndArgs): WriteAnswer => {
    const rules = rulesOf(stream);
    const softDeleted = rules.truncateBefore === deleted;
    if (rules.tombstoned || (softDeleted && !forEver)) return gone;
    const now = last(stream);
    if (expected === 'exists' && now < 0) return conflict(now);
    const asNew = softDeleted && expected === -1;
    if (typeof expected === 'number' && expected !== now && !asNew) return conflict(now);
    if (!forEver) return truncate(stream, 'all', createdMs);
    tombstone.run(stream);
    return write({ stream, createdMs, events: [proposed(tombstoneType, randomUUID(), '')] }, now);
  };
  return { append, end };
};
