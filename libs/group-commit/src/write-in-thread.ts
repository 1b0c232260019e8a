import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { Outcome } from './commit.js';
import { unusable, type FileUnusable } from './file-unusable.js';
import type { GroupWriter } from './group-writer.js';
import type { OpenOptions, SharedFile, ToldWrite } from './port.js';
import { uncarried, type FromThread, type ThreadData, type ToThread } from './thread-messages.js';

interface Sent {
  readonly resolve: (outcomes: readonly Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes in a thread of its own: while it waits for the disk, the next group gathers here.
 * @throws TypeError a module that does not say where the thread finds it
 */
export const writeInThread = ({ path, synchronous, modules }: OpenOptions): GroupWriter => {
  const sources = modules.map(({ source }) => {
    if (!source) throw new TypeError(`${path}: a module does not say its source`);
    return source;
  });
  const data: ThreadData = { path, synchronous, sources };
  const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: data });
  const { writer, breakAll, isBroken } = writerBehind(worker, path);
  worker.on('error', breakAll);
  worker.on('exit', () => breakAll(new Error('the writer has ended')));
  return {
    ...writer,
    letIn: () => {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ join: port1 } satisfies ToThread, [port1]);
      return port2;
    },
    close: async () => {
      if (isBroken()) return;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('close' satisfies ToThread);
      await ended;
    },
  };
};

/** Writes in the thread that another thread of this process started. */
export const writeThrough = ({ path, port }: SharedFile): GroupWriter => {
  const { writer, breakAll } = writerBehind(port, path);
  port.on('close', () => breakAll(new Error('the writer has ended')));
  return {
    ...writer,
    letIn: () => {
      throw new TypeError(`${path}: it is shared by whoever opened it`);
    },
    close: () => {
      port.close();
      return Promise.resolve();
    },
  };
};

const writerBehind = (thread: Worker | MessagePort, path: string) => {
  const sent: Sent[] = [];
  const listeners: ((write: ToldWrite) => void)[] = [];
  const wanted = new Map<string, PromiseWithResolvers<void>>();
  let broken: FileUnusable | undefined;

  /** What was underway may or may not have been written: nobody knows. */
  const breakAll = (cause: Error) => {
    broken ??= unusable(path, 'failed', cause);
    for (const { reject } of sent.splice(0)) reject(broken);
    for (const { reject } of wanted.values()) reject(broken);
  };
  thread.on('message', (message: FromThread) => {
    if ('others' in message) {
      for (const write of message.others) for (const listener of listeners) listener(write);
      return;
    }
    if ('willHear' in message) return wanted.get(message.willHear)!.resolve();
    const { resolve, reject } = sent.shift()!;
    if ('groupFailed' in message) return reject(uncarried(message.groupFailed));
    return resolve(
      message.outcomes.map((outcome) =>
        'failed' in outcome ? { error: uncarried(outcome.failed) } : outcome,
      ),
    );
  });
  const writer: Omit<GroupWriter, 'letIn' | 'close'> = {
    // One is being written while the next is on its way: the disk need not wait for this thread.
    groupsMax: 2,
    commit: (group) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        // What cannot be sent throws here, and must not wait for an answer of its own.
        thread.postMessage({ group } satisfies ToThread);
        return sent.push({ resolve, reject });
      }),
    hearOthers: (listener) => void listeners.push(listener),
    wantToHear: (want) => {
      const asked = wanted.get(want);
      if (asked) return asked.promise;
      const asking = Promise.withResolvers<void>();
      wanted.set(want, asking);
      if (broken) asking.reject(broken);
      else thread.postMessage({ want } satisfies ToThread);
      return asking.promise;
    },
  };
  return { writer, breakAll, isBroken: () => broken !== undefined };
};
