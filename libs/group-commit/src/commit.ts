import type { DatabaseSync } from 'node:sqlite';

/** One write that waits: what to run, and with what. */
export interface Unit {
  readonly run: (args: never) => unknown;
  readonly args: unknown;
}

export type Outcome = { readonly answer: unknown } | { readonly error: unknown };

/**
 * Runs units in one transaction; the outcomes stand in their order. One that throws is left out,
 * and its neighbours are written without it: the group is then run again with a savepoint around
 * each, which the usual case does not pay for.
 * @throws when the transaction itself failed; then nothing is written, or nobody knows
 */
export const groupCommit = (db: DatabaseSync): ((units: readonly Unit[]) => readonly Outcome[]) => {
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
  return (units) => {
    let failed = false;
    try {
      return inTransaction(() =>
        units.map(({ run, args }) => {
          try {
            return { answer: run(args as never) };
          } catch (error) {
            failed = true;
            throw error;
          }
        }),
      );
    } catch (error) {
      if (!failed) throw error;
      return inTransaction(() => units.map((unit) => runApart(db, unit)));
    }
  };
};

const runApart = (db: DatabaseSync, { run, args }: Unit): Outcome => {
  db.exec('savepoint unit');
  try {
    const answer = run(args as never);
    db.exec('release unit');
    return { answer };
  } catch (error) {
    if (!db.isTransaction) throw error;
    db.exec('rollback to unit; release unit');
    return { error };
  }
};
