import type { DatabaseSync } from 'node:sqlite';

/**
 * A set of writes on one SQLite file. Arguments and results are plain data (structured-clone safe),
 * so that the writer may live in another thread. A handler answers an expected conflict as a value:
 * a throw undoes what it wrote and makes the whole group run again, so handlers keep no state of
 * their own outside the database.
 */
export interface WriterModule {
  /** `create table if not exists …`, run when the file is opened. */
  readonly schema: string;
  readonly prepare: (db: DatabaseSync) => Readonly<Record<string, (args: never) => unknown>>;
  /** Where another thread finds it: the URL of its file, and the name that it exports it by. */
  readonly source?: { readonly url: string; readonly name: string };
}

/** One file, one writer: all writes that wait in one turn of the event loop share one commit. */
export interface GroupCommitFile {
  /**
   * Resolves with the handler's answer when its transaction is durable; answers come in order.
   * @throws FileUnusable the disk is full, the file was closed …; the outcome is unknown
   */
  submit<Answer>(operation: string, args: unknown): Promise<Answer>;
  /** A connection of its own for reads: sees everything that has been answered. */
  readonly reader: DatabaseSync;
  /** Commits what waits, then closes both connections. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Path of the file; its folder must exist. */
  readonly path: string;
  /** Operation names must be unique over all modules, e.g. `events.append`. */
  readonly modules: readonly WriterModule[];
  /** FULL: a commit survives power loss. OFF: only for what can be rebuilt. */
  readonly synchronous: 'FULL' | 'OFF';
  /**
   * Writes in a thread of its own, so that waiting for the disk stops nobody; every module must say
   * its `source`. Off unless said.
   */
  readonly thread?: boolean;
  /**
   * Lets other processes of this machine have the file too, each with its own writer: one waits for
   * the other's commit. A handler must then rely on nothing that it did not read in its own
   * transaction. One process alone unless said.
   */
  readonly shared?: boolean;
}
