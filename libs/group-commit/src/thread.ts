import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { groupCommit } from './commit.js';
import { openWriter } from './connections.js';
import { prepareOperations, type Write } from './operations.js';
import type { WriterModule } from './port.js';
import { everybodyOf } from './tell-others.js';
import { carried, type FromThread, type ThreadData, type ToThread } from './thread-messages.js';

// The writer's thread: one connection, one group after another, from all who have joined.
const { path, synchronous, sources } = workerData as ThreadData;
const modules = await Promise.all(
  sources.map(
    async ({ url, name }) => ((await import(url)) as Record<string, WriterModule>)[name]!,
  ),
);
const db = openWriter(path, synchronous);
const operations = prepareOperations(db, modules);
const commit = groupCommit(db, operations);
const everybody = everybodyOf(modules);

type Answer = Extract<FromThread, { outcomes: unknown } | { groupFailed: unknown }>;
const answer = (group: readonly Write[]): Answer => {
  try {
    const outcomes = commit(group).map((outcome) =>
      'answer' in outcome ? outcome : { failed: carried(outcome.error) },
    );
    return { outcomes };
  } catch (error) {
    return { groupFailed: carried(error) };
  }
};

const letIn = (port: MessagePort): void => {
  everybody.join(port);
  port.on('message', (message: ToThread) => {
    if (message === 'close') return end();
    if ('join' in message) return letIn(message.join);
    if ('want' in message) {
      everybody.want(port, message.want);
      return port.postMessage({ willHear: message.want } satisfies FromThread);
    }
    const answered = answer(message.group);
    if ('outcomes' in answered) everybody.tell(port, message.group, answered.outcomes);
    return port.postMessage(answered);
  });
};

const end = (): void => {
  db.close();
  everybody.end();
};

letIn(parentPort!);
