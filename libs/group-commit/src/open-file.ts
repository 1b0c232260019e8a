import type { DatabaseSync } from 'node:sqlite';
import { openConnections, openReader } from './connections.js';
import type { Outcome } from './commit.js';
import { fileTrouble, unusable } from './file-unusable.js';
import { writeHere, type GroupWriter } from './group-writer.js';
import { prepareOperations, type Write } from './operations.js';
import type { Enclosure, GroupCommitFile, OpenOptions, SharedFile, Submission } from './port.js';
import { writeInThread, writeThrough } from './write-in-thread.js';

/** Units of one commit: about 20 ms, for so long does a group wait for the one before at most. */
const groupMax = 512;
/** Units that may wait: more than every lane of five services can have open at once. */
const waitingMax = 16_384;

interface Enclosed extends Write {
  readonly heard: (answer: never) => void;
}

interface Waiting extends Write {
  readonly enclosed: Enclosed | undefined;
  readonly heard: ((answer: never) => void) | undefined;
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
  const enclosures = new WeakMap<Enclosure, Enclosed>();
  const mustKnow = (operation: string) => {
    if (!names.has(operation)) throw new TypeError(`no operation ${operation}`);
  };
  const enclosedIn = (enclosure: Enclosure): Enclosed => {
    const enclosed = enclosures.get(enclosure);
    if (!enclosed) throw new TypeError(`not enclosed for ${path}`);
    return enclosed;
  };
  let closing: Promise<void> | undefined;
  return {
    reader,
    submit: <Answer>(
      operation: string,
      args: unknown,
      { enclosure, heard }: Submission<Answer> = {},
    ) =>
      new Promise<Answer>((resolve, reject) => {
        mustKnow(operation);
        if (closing) throw unusable(path, 'closed');
        const enclosed = enclosure && enclosedIn(enclosure);
        queue.add({ operation, args, enclosed, heard, resolve, reject });
      }),
    enclose: (operation, args, heard) => {
      mustKnow(operation);
      const enclosure = Object.freeze({}) as Enclosure;
      enclosures.set(enclosure, { operation, args, heard });
      return enclosure;
    },
    hearOthers: groups.hearOthers,
    wantToHear: groups.wantToHear,
    share: () => ({ path, operations: [...names], port: groups.letIn() }),
    close: () =>
      (closing ??= (async () => {
        await queue.empty();
        await groups.close();
        close();
      })()),
  };
};

/** What another thread can be sent of it. */
const sendable = ({ operation, args, enclosed }: Waiting): Write =>
  enclosed
    ? { operation, args, enclosed: { operation: enclosed.operation, args: enclosed.args } }
    : { operation, args };

const settle = (path: string, write: Waiting, outcome: Outcome): void => {
  if ('error' in outcome) return write.reject(fileTrouble(path, outcome.error) ?? outcome.error);
  write.heard?.(outcome.answer as never);
  if (outcome.enclosed) write.enclosed!.heard(outcome.enclosed.answer as never);
  return write.resolve(outcome.answer as never);
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
      .commit(group.map(sendable))
      .then(
        (outcomes) => {
          for (const [index, outcome] of outcomes.entries()) {
            settle(path, group[index]!, outcome);
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
