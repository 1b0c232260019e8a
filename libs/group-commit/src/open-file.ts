import type { DatabaseSync } from 'node:sqlite';
import { openConnections, openReader } from './connections.js';
import { fileTrouble, unusable } from './file-unusable.js';
import { writeHere, type GroupWriter } from './group-writer.js';
import { prepareOperations, type Write } from './operations.js';
import type { GroupCommitFile, OpenOptions, SharedFile } from './port.js';
import { writeInThread, writeThrough } from './write-in-thread.js';

/** Units of one commit: about 20 ms, for so long does a group wait for the one before at most. */
const groupMax = 512;
/** Units that may wait: more than every lane of five services can have open at once. */
const waitingMax = 16_384;

interface Waiting extends Write {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens (or makes) one SQLite file with one writer. What is submitted in one turn of the event
 * loop, or while earlier groups are being written, is committed together. A unit that throws is
 * rejected alone.
 * @throws FileUnusable folder missing, no permission, not a database, or another process has it
 */
export const openFile = (options: OpenOptions): GroupCommitFile => {
  const { path } = options;
  const { writer, reader, close } = openConnections(options);
  let names: ReadonlySet<string>;
  let groups: GroupWriter;
  try {
    const operations = prepareOperations(writer, options.modules);
    names = new Set(operations.keys());
    if (options.thread) writer.close();
    groups = options.thread ? writeInThread(options) : writeHere(writer, operations);
  } catch (error) {
    close();
    throw fileTrouble(path, error) ?? error;
  }
  return fileOver({ path, names, groups, reader, close });
};

/**
 * Joins a file that another thread of this process has open, with a reader of its own. Its own
 * writes and those of others are told apart, but in one order. To be closed before it is.
 * @throws FileUnusable it cannot be read
 */
export const joinFile = (shared: SharedFile): GroupCommitFile => {
  const { path, operations } = shared;
  const reader = openReader(path);
  const groups = writeThrough(shared);
  const close = () => reader.close();
  return fileOver({ path, names: new Set(operations), groups, reader, close });
};

interface FileParts {
  readonly path: string;
  /** Of its operations. */
  readonly names: ReadonlySet<string>;
  readonly groups: GroupWriter;
  readonly reader: DatabaseSync;
  /** Closes the connections of this thread. */
  readonly close: () => void;
}

const fileOver = ({ path, names, groups, reader, close }: FileParts): GroupCommitFile => {
  const queue = queueFor(path, groups);
  let closing: Promise<void> | undefined;
  return {
    reader,
    submit: <Answer>(operation: string, args: unknown) =>
      new Promise<Answer>((resolve, reject) => {
        if (!names.has(operation)) throw new TypeError(`no operation ${operation}`);
        if (closing) throw unusable(path, 'closed');
        queue.add({ operation, args, resolve, reject });
      }),
    hearOthers: groups.hearOthers,
    share: () => ({ path, operations: [...names], port: groups.letIn() }),
    close: () =>
      (closing ??= (async () => {
        await queue.empty();
        await groups.close();
        close();
      })()),
  };
};

/** Writes that wait go out as one group, in the next turn or when there is room for a group. */
const queueFor = (path: string, groups: GroupWriter) => {
  let waiting: Waiting[] = [];
  let scheduled = false;
  let underway = 0;
  let whenEmpty: (() => void) | undefined;

  const schedule = () => {
    if (scheduled || waiting.length === 0 || underway >= groups.groupsMax) return;
    scheduled = true;
    setImmediate(next);
  };
  const next = () => {
    scheduled = false;
    const group = waiting.length <= groupMax ? waiting : waiting.slice(0, groupMax);
    waiting = waiting.length <= groupMax ? [] : waiting.slice(groupMax);
    underway += 1;
    groups
      .commit(group.map(({ operation, args }) => ({ operation, args })))
      .then(
        (outcomes) => {
          for (const [index, outcome] of outcomes.entries()) {
            const { resolve, reject } = group[index]!;
            if ('answer' in outcome) resolve(outcome.answer as never);
            else reject(fileTrouble(path, outcome.error) ?? outcome.error);
          }
        },
        (error: unknown) => {
          const trouble = fileTrouble(path, error) ?? error;
          for (const { reject } of group) reject(trouble);
        },
      )
      .finally(() => {
        underway -= 1;
        schedule();
        if (underway === 0 && waiting.length === 0) whenEmpty?.();
      });
    schedule();
  };
  return {
    add: (write: Waiting) => {
      if (waiting.length >= waitingMax) throw unusable(path, 'overloaded');
      waiting.push(write);
      schedule();
    },
    empty: (): Promise<void> =>
      underway === 0 && waiting.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => (whenEmpty = resolve)),
  };
};
