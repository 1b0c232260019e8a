import type { DatabaseSync } from 'node:sqlite';
import type { MessagePort } from 'node:worker_threads';

/**
 * Runs one write. Where another one is enclosed with it, `writeEnclosed` writes that too: to be
 * called once, or not at all when nothing new is written. Without one it does nothing.
 */
export type RunWrite = (args: never, writeEnclosed: () => void) => unknown;

/**
 * A set of writes on one SQLite file. Arguments and results are plain data (structured-clone safe),
 * so that the writer may live in another thread. A handler answers an expected conflict as a value:
 * a throw undoes what it wrote and makes the whole group run again, so handlers keep no state of
 * their own outside the database.
 */
export interface WriterModule {
  /** `create table if not exists …`, run when the file is opened. */
  readonly schema: string;
  readonly prepare: (db: DatabaseSync) => Readonly<Record<string, RunWrite>>;
  /** Where another thread finds it: the URL of its file, and the name that it exports it by. */
  readonly source?: { readonly url: string; readonly name: string };
  /**
   * Operations that everybody else who has joined the file is told of, each with what it is about.
   * Whoever wants to hear of one of these is told of each write; all others, a little later, of the
   * last one, without its arguments. About nothing: everybody wants it.
   */
  readonly told?: Readonly<Record<string, (args: never) => readonly string[]>>;
}

/** A write that somebody else of this process had committed. */
export interface ToldWrite {
  readonly operation: string;
  /** Undefined when it is about nothing that is wanted here; then it is the last of some. */
  readonly args: unknown;
  readonly answer: unknown;
}

declare const enclosed: unique symbol;
/** A write that goes into the file with another one or not at all; made by `enclose`, opaque. */
export interface Enclosure {
  readonly [enclosed]: true;
}

/** What else belongs to a write. */
export interface Submission<Answer> {
  readonly enclosure?: Enclosure | undefined;
  /** Called before the promise resolves, in the order of the file, with no turn in between. */
  readonly heard?: (answer: Answer) => void;
}

/** The way into an open file for one more thread of this process; `port` is to be transferred. */
export interface SharedFile {
  readonly path: string;
  readonly operations: readonly string[];
  readonly port: MessagePort;
}

/** One file, one writer: all writes that wait in one turn of the event loop share one commit. */
export interface GroupCommitFile {
  /**
   * Resolves with the handler's answer when its transaction is durable; answers come in order.
   * @throws FileUnusable the disk is full, the file was closed …; the outcome is unknown
   */
  submit<Answer>(
    operation: string,
    args: unknown,
    submission?: Submission<Answer>,
  ): Promise<Answer>;
  /**
   * A write to be submitted with another one. Whoever has it can send it along and do nothing else
   * with it. @param heard called with its answer after the other's, if it was written
   */
  enclose<Answer>(operation: string, args: unknown, heard: (answer: Answer) => void): Enclosure;
  /** A connection of its own for reads: sees everything that has been answered. */
  readonly reader: DatabaseSync;
  /**
   * Hears of what others committed (see `told`); of what is wanted in the order of the file and in its
   * place between the answers to own writes. Only in a file that is written in a thread is there anybody else.
   */
  hearOthers(listener: (write: ToldWrite) => void): void;
  /** From when it resolves on, others' writes about this are told in full; see `told`. */
  wantToHear(about: string): Promise<void>;
  /** Lets one more thread in, by `joinFile`. @throws TypeError it is not written in a thread */
  share(): SharedFile;
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
