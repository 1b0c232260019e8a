import { Worker } from 'node:worker_threads';
import type { Service } from '@countersign/contracts';
import type { RunningService } from '@countersign/hosting';
import type { FromThread, Started, ThreadData, ToThread, Wish } from './thread-messages.js';

/** A thread that runs some of the services. */
export interface ServiceThread {
  readonly services: readonly Service[];
  /** @throws what the service's start threw, by its name */
  start(service: Service): Promise<RunningService>;
  /** After its services: closes its part of the world. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (started: Started | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Begins a thread for some services. Should it end by itself, the process ends with it: whoever starts
 * it again finds everything where it was.
 */
export const startThread = (data: ThreadData): ServiceThread => {
  const { file, subjectKeys } = data.engine;
  const thread = new Worker(new URL('./service-thread.js', import.meta.url), {
    workerData: data,
    transferList: [file.port, subjectKeys.port],
  });
  const waiting = new Map<number, Waiting>();
  const ended = Promise.withResolvers<void>();
  let calls = 0;
  let closing = false;
  thread.on('message', (message: FromThread) => {
    const { resolve, reject } = waiting.get(message.call)!;
    waiting.delete(message.call);
    if ('failed' in message) reject(Object.assign(new Error(), message.failed));
    else resolve(message.started);
  });
  thread.on('error', (error) => {
    if (!closing) throw error;
    ended.reject(error);
  });
  thread.on('exit', (code) => {
    if (!closing) throw new Error(`the thread of ${data.services.join(' and ')} ended (${code})`);
    ended.resolve();
  });

  const ask = (wish: Wish): Promise<Started | undefined> =>
    new Promise((resolve, reject) => {
      calls += 1;
      waiting.set(calls, { resolve, reject });
      thread.postMessage({ ...wish, call: calls } satisfies ToThread);
    });
  return {
    services: data.services,
    start: async (service) => {
      const { url, port } = (await ask({ do: 'start', service }))!;
      return {
        service,
        url,
        port,
        closeDoors: async () => void (await ask({ do: 'closeDoors', service })),
        drain: async () => void (await ask({ do: 'drain', service })),
      };
    },
    close: async () => {
      closing = true;
      thread.postMessage('close' satisfies ToThread);
      await ended.promise;
    },
  };
};
