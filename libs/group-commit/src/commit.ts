import type { DatabaseSync } from 'node:sqlite';
import type { Operations, Write } from './operations.js';

/** What a write came to; `enclosed` when that was written with it. */
export type Outcome =
  | { readonly answer: unknown; readonly enclosed?: { readonly answer: unknown } }
  | { readonly error: unknown };

/**
 * Writes a group in one transaction; the outcomes stand in their order. One that throws is left out,
 * and its neighbours are written without it: the group is then run again with a savepoint around
 * each, which the usual case does not pay for.
 * @throws when the transaction itself failed; then nothing is written, or nobody knows
 */
export const groupCommit = (
  db: DatabaseSync,
  operations: Operations,
): ((group: readonly Write[]) => readonly Outcome[]) => {
  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');
  const rollback = db.prepare('rollback');

  const inTransaction = (work: () => Outcome[]): Outcome[] => {
    begin.run();
    try {
      const outcomes = work();
      commit.run();
      return outcomes;
    } catch (error) {
      // A full disk has ended the transaction already.
      if (db.isTransaction) rollback.run();
      throw error;
    }
  };
  const run = running(operations);
  return (group) => {
    let failed = false;
    try {
      return inTransaction(() =>
        group.map((write) => {
          try {
            return run(write);
          } catch (error) {
            failed = true;
            throw error;
          }
        }),
      );
    } catch (error) {
      if (!failed) throw error;
      return inTransaction(() => group.map((write) => runApart(db, () => run(write))));
    }
  };
};

const nothingEnclosed = () => undefined;

const running =
  (operations: Operations) =>
  ({ operation, args, enclosed }: Write): Outcome => {
    const run = operations.get(operation)!;
    if (!enclosed) return { answer: run(args as never, nothingEnclosed) };
    let written: { answer: unknown } | undefined;
    const answer = run(args as never, () => {
      const runEnclosed = operations.get(enclosed.operation)!;
      written = { answer: runEnclosed(enclosed.args as never, nothingEnclosed) };
    });
    return written ? { answer, enclosed: written } : { answer };
  };

const runApart = (db: DatabaseSync, run: () => Outcome): Outcome => {
  db.exec('savepoint unit');
  try {
    const outcome = run();
    db.exec('release unit');
    return outcome;
  } catch (error) {
    if (!db.isTransaction) throw error;
    db.exec('rollback to unit; release unit');
    return { error };
  }
};
