/**
 * `kind` is the stream's name up to the first dash. Its index holds the rowid, which is `seq`, so
 * one kind can be followed in order without touching the others. The last revision of a stream is
 * that of its newest event, which no limit ever removes.
 *
 * The events at the start are the system's own: as with a real server, positions neither begin at
 * nought nor are dense.
 */
export const schema = `
  create table if not exists streams (
    id integer primary key,
    name text not null unique,
    max_count integer
  ) strict;
  create table if not exists events (
    seq integer primary key,
    stream integer not null,
    revision integer not null,
    kind text not null,
    id text not null,
    type text not null,
    data text not null,
    metadata text not null
  ) strict;
  create unique index if not exists events_by_stream on events (stream, revision);
  create index if not exists events_by_kind on events (kind);

  insert or ignore into streams (id, name) values (1, '$settings'), (2, '$users');
  insert or ignore into events values
    (7, 1, 0, '$', '2c1b7a54-6f0e-5d0f-9d6a-0d7f3c1e5b01', '$settings', '{}', '{}'),
    (29, 2, 0, '$', '2c1b7a54-6f0e-5d0f-9d6a-0d7f3c1e5b02', '$users', '{}', '{}'),
    (64, 1, 1, '$', '2c1b7a54-6f0e-5d0f-9d6a-0d7f3c1e5b03', '$settings', '{}', '{}');
`;
