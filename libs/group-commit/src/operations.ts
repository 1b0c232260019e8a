import type { DatabaseSync } from 'node:sqlite';
import type { WriterModule } from './port.js';

/** What a group is made of: an operation by name, and its arguments. */
export interface Write {
  readonly operation: string;
  readonly args: unknown;
}

type Operations = ReadonlyMap<string, (args: never) => unknown>;

/** Makes the tables of the modules, and prepares their operations. */
export const prepareOperations = (
  db: DatabaseSync,
  modules: readonly WriterModule[],
): Operations => {
  const operations = new Map<string, (args: never) => unknown>();
  for (const { schema, prepare } of modules) {
    db.exec(`begin immediate; ${schema}; commit`);
    for (const [name, run] of Object.entries(prepare(db))) {
      if (operations.has(name)) throw new TypeError(`two operations are named ${name}`);
      operations.set(name, run);
    }
  }
  return operations;
};
