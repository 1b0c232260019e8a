/**
 * Beside the engine's tables: what the protocol keeps of an event besides its place, the rules that
 * its metadata sets for a stream, and the ids that this process has seen written.
 *
 * The ids are forgotten when the process ends, as those of a real node: whoever relies on ANY for
 * idempotency finds out in development.
 */
export const protocolSchema = `
  create table if not exists bodies (
    seq integer primary key,
    created integer not null,
    json integer not null,
    data blob not null,
    metadata blob not null
  ) strict;
  create trigger if not exists bodies_go_with_events after delete on events
    begin delete from bodies where seq = old.seq; end;
  insert or ignore into bodies
    select seq, 1577836800000, 1, cast(data as blob), cast(metadata as blob) from events
    where seq <= 64;

  create table if not exists stream_rules (
    stream text primary key,
    tombstoned integer not null default 0,
    truncate_before integer,
    max_count integer,
    max_age_seconds integer
  ) strict, without rowid;
`;

/** In memory, and in the transaction: what a failed group wrote is forgotten with it. */
export const recentIdsSchema = `
  pragma temp_store = memory;
  create temp table if not exists recent_ids (
    n integer primary key,
    id text not null,
    stream text not null,
    revision integer not null,
    seq integer not null
  ) strict;
  create index if not exists temp.recent_ids_by_id on recent_ids (id);
`;
