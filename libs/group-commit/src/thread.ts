import { parentPort, workerData } from 'node:worker_threads';
import { groupCommit } from './commit.js';
import { openWriter } from './connections.js';
import { prepareOperations } from './operations.js';
import type { WriterModule } from './port.js';
import { carried, type FromThread, type ThreadData, type ToThread } from './thread-messages.js';

// The writer's thread: one connection, one group after another.
const { path, synchronous, sources } = workerData as ThreadData;
const modules = await Promise.all(
  sources.map(
    async ({ url, name }) => ((await import(url)) as Record<string, WriterModule>)[name]!,
  ),
);
const db = openWriter(path, synchronous);
const operations = prepareOperations(db, modules);
const commit = groupCommit(db);

const answer = (message: Exclude<ToThread, 'close'>): FromThread => {
  try {
    const units = message.group.map(({ operation, args }) => ({
      run: operations.get(operation)!,
      args,
    }));
    const outcomes = commit(units).map((outcome) =>
      'answer' in outcome ? outcome : { failed: carried(outcome.error) },
    );
    return { outcomes };
  } catch (error) {
    return { groupFailed: carried(error) };
  }
};

parentPort!.on('message', (message: ToThread) => {
  if (message !== 'close') return parentPort!.postMessage(answer(message));
  db.close();
  return parentPort!.close();
});
