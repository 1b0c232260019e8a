import type { DatabaseSync } from 'node:sqlite';
import type { RunWrite, WriterModule } from './port.js';

/** What a group is made of: an operation by name, and its arguments. */
export interface Write {
  readonly operation: string;
  readonly args: unknown;
  readonly enclosed?: Omit<Write, 'enclosed'> | undefined;
}

export type Operations = ReadonlyMap<string, RunWrite>;

/** Makes the tables of the modules, and prepares their operations. */
export const prepareOperations = (
  db: DatabaseSync,
  modules: readonly WriterModule[],
): Operations => {
  const operations = new Map<string, RunWrite>();
  for (const { schema, prepare } of modules) {
    db.exec(`begin immediate; ${schema}; commit`);
    for (const [name, run] of Object.entries(prepare(db))) {
      if (operations.has(name)) throw new TypeError(`two operations are named ${name}`);
      operations.set(name, run);
    }
  }
  return operations;
};
