import type { DatabaseSync } from 'node:sqlite';
import type { WriterModule } from '@countersign/group-commit';
import type { Position, StoredEvent } from './port.js';

export interface TakeArgs {
  readonly events: readonly StoredEvent[];
  readonly reached: Position;
}

/** The newest event in the rows, and how far the store was read. */
export interface LastTaken {
  readonly reached: Position;
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly id: string;
  /** 1 when the file was closed in peace. */
  readonly closed: number;
}

/** Undefined as long as no event was taken: such a view begins at the beginning. */
export const lastTaken = (db: DatabaseSync): LastTaken | undefined =>
  db.prepare('select * from view_file where id is not null').get() as unknown as
    LastTaken | undefined;

/**
 * The rows and the position that they stand for, always moved together.
 * @param format whatever the rows depend on besides the events
 */
export const viewWriter = (
  schema: string,
  format: string,
  project: (db: DatabaseSync) => (events: readonly StoredEvent[]) => void,
): WriterModule => ({
  // Runs at every opening; the view's own tables are made once, together with their format.
  schema: `
    create table if not exists view_file (
      one integer primary key check (one = 1),
      format text not null, closed integer not null,
      reached text, stream text, revision integer, position text, id text
    ) strict;
    insert or ignore into view_file (one, format, closed) values (1, '', 1)`,
  prepare: (db) => {
    const found = db.prepare('select format from view_file').get() as { format: string };
    if (found.format === '') {
      db.exec(`begin immediate; ${schema}; update view_file set format = '${format}'; commit`);
    } else if (found.format !== format) {
      throw new Error('it has another version');
    }
    const take = project(db);
    const move = db.prepare('update view_file set reached = ?');
    const note = db.prepare(
      'update view_file set reached = ?, stream = ?, revision = ?, position = ?, id = ?',
    );
    const mark = db.prepare('update view_file set closed = ?');
    return {
      'view.opened': () => void mark.run(0),
      'view.closed': () => void mark.run(1),
      'view.take': ({ events, reached }: TakeArgs) => {
        take(events);
        const last = events.at(-1);
        if (last) note.run(reached, last.stream, last.revision, last.position, last.id);
        else move.run(reached);
      },
    };
  },
});
