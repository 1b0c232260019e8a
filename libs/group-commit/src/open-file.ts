import type { DatabaseSync } from 'node:sqlite';
import { groupCommit, type Unit } from './commit.js';
import { openConnections } from './connections.js';
import { fileTrouble, unusable } from './file-unusable.js';
import type { GroupCommitFile, OpenOptions, WriterModule } from './port.js';

/** Units of one commit: about 20 ms, for so long does the event loop stand still at most. */
const groupMax = 512;
/** Units that may wait: more than every lane of five services can have open at once. */
const waitingMax = 16_384;

interface Waiting extends Unit {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens (or makes) one SQLite file with one writer. What is submitted in one turn of the event
 * loop is committed together. A unit that throws is rejected alone.
 * @throws FileUnusable folder missing, no permission, not a database, or another process has it
 */
export const openFile = (options: OpenOptions): GroupCommitFile => {
  const { path } = options;
  const { writer, reader, close } = openConnections(options);
  let operations: ReadonlyMap<string, Unit['run']>;
  let commit: ReturnType<typeof groupCommit>;
  try {
    operations = prepareOperations(writer, options.modules);
    commit = groupCommit(writer);
  } catch (error) {
    close();
    throw fileTrouble(path, error) ?? error;
  }
  let waiting: Waiting[] = [];
  let closing: Promise<void> | undefined;

  const commitNext = () => {
    const group = waiting.length <= groupMax ? waiting : waiting.slice(0, groupMax);
    waiting = waiting.length <= groupMax ? [] : waiting.slice(groupMax);
    if (waiting.length > 0) setImmediate(commitNext);
    settle(path, group, commit);
  };
  return {
    reader,
    submit: <Answer>(operation: string, args: unknown) =>
      new Promise<Answer>((resolve, reject) => {
        const run = operations.get(operation);
        if (!run) throw new TypeError(`no operation ${operation}`);
        if (closing) throw unusable(path, 'closed');
        if (waiting.length >= waitingMax) throw unusable(path, 'overloaded');
        if (waiting.length === 0) setImmediate(commitNext);
        waiting.push({ run, args, resolve, reject });
      }),
    close: () =>
      (closing ??= (async () => {
        while (waiting.length > 0) await new Promise(setImmediate);
        close();
      })()),
  };
};

const settle = (
  path: string,
  group: readonly Waiting[],
  commit: ReturnType<typeof groupCommit>,
) => {
  try {
    for (const [index, outcome] of commit(group).entries()) {
      const { resolve, reject } = group[index]!;
      if ('answer' in outcome) resolve(outcome.answer as never);
      else reject(fileTrouble(path, outcome.error) ?? outcome.error);
    }
  } catch (error) {
    const trouble = fileTrouble(path, error) ?? error;
    for (const { reject } of group) reject(trouble);
  }
};

const prepareOperations = (
  db: DatabaseSync,
  modules: readonly WriterModule[],
): ReadonlyMap<string, Unit['run']> => {
  const operations = new Map<string, Unit['run']>();
  for (const { schema, prepare } of modules) {
    db.exec(`begin immediate; ${schema}; commit`);
    for (const [name, run] of Object.entries(prepare(db))) {
      if (operations.has(name)) throw new TypeError(`two operations are named ${name}`);
      operations.set(name, run);
    }
  }
  return operations;
};
