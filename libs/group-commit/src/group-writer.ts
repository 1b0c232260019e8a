import type { DatabaseSync } from 'node:sqlite';
import { groupCommit, type Outcome } from './commit.js';
import type { MessagePort } from 'node:worker_threads';
import type { Operations, Write } from './operations.js';
import type { ToldWrite } from './port.js';

/** Commits one group after another, wherever it does so. */
export interface GroupWriter {
  /** Groups that may be on their way at once. */
  readonly groupsMax: number;
  /** Outcomes in the order of the group. @throws when the transaction failed, or nobody knows */
  commit(group: readonly Write[]): Promise<readonly Outcome[]>;
  /** See `GroupCommitFile`. */
  hearOthers(listener: (write: ToldWrite) => void): void;
  wantToHear(about: string): Promise<void>;
  /** A port by which one more thread writes. @throws TypeError there is no thread to share */
  letIn(): MessagePort;
  close(): Promise<void>;
}

/** Writes in this thread: everything else stands still meanwhile. */
export const writeHere = (db: DatabaseSync, operations: Operations): GroupWriter => {
  const commit = groupCommit(db, operations);
  return {
    groupsMax: 1,
    commit: async (group) => commit(group),
    hearOthers: () => undefined,
    wantToHear: () => Promise.resolve(),
    letIn: () => {
      throw new TypeError('a file that is not written in a thread cannot be shared');
    },
    close: () => Promise.resolve(),
  };
};
