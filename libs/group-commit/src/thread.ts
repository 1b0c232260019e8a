import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { groupCommit } from './commit.js';
import { openWriter } from './connections.js';
import { prepareOperations, type Write } from './operations.js';
import type { ToldWrite, WriterModule } from './port.js';
import {
  carried,
  type CarriedOutcome,
  type FromThread,
  type ThreadData,
  type ToThread,
} from './thread-messages.js';

// The writer's thread: one connection, one group after another, from all who have joined.
const { path, synchronous, sources } = workerData as ThreadData;
const modules = await Promise.all(
  sources.map(
    async ({ url, name }) => ((await import(url)) as Record<string, WriterModule>)[name]!,
  ),
);
const db = openWriter(path, synchronous);
const operations = prepareOperations(db, modules);
const told = new Set(modules.flatMap((module) => module.told ?? []));
const commit = groupCommit(db, operations);
const everybody = new Set<MessagePort>();

const answer = (group: readonly Write[]): Exclude<FromThread, { others: unknown }> => {
  try {
    const outcomes = commit(group).map((outcome) =>
      'answer' in outcome ? outcome : { failed: carried(outcome.error) },
    );
    return { outcomes };
  } catch (error) {
    return { groupFailed: carried(error) };
  }
};

/** Everybody hears of all writes in the same order, and of none later than its writer does. */
const tellOthers = (
  writer: MessagePort,
  group: readonly Write[],
  outcomes: readonly CarriedOutcome[],
): void => {
  if (everybody.size < 2) return;
  const others: ToldWrite[] = [];
  const tell = ({ operation, args }: Write, { answer }: { answer: unknown }) => {
    if (told.has(operation)) others.push({ operation, args, answer });
  };
  for (const [n, write] of group.entries()) {
    const outcome = outcomes[n]!;
    if (!('answer' in outcome)) continue;
    tell(write, outcome);
    if (outcome.enclosed) tell(write.enclosed!, outcome.enclosed);
  }
  if (others.length === 0) return;
  for (const port of everybody) {
    if (port !== writer) port.postMessage({ others } satisfies FromThread);
  }
};

const letIn = (port: MessagePort): void => {
  everybody.add(port);
  port.on('close', () => everybody.delete(port));
  port.on('message', (message: ToThread) => {
    if (message === 'close') return end();
    if ('join' in message) return letIn(message.join);
    const answered = answer(message.group);
    if ('outcomes' in answered) tellOthers(port, message.group, answered.outcomes);
    return port.postMessage(answered);
  });
};

const end = (): void => {
  db.close();
  for (const port of everybody) port.close();
};

letIn(parentPort!);
