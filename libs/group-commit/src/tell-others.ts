import type { MessagePort } from 'node:worker_threads';
import type { Write } from './operations.js';
import type { ToldWrite, WriterModule } from './port.js';
import type { CarriedOutcome, FromThread } from './thread-messages.js';

/** How long somebody may not know how far the file is, when nothing that they want was written. */
const unwantedWaitMs = 5;

/** Everybody who has joined the file, and what they want to hear of. */
export interface Everybody {
  join(port: MessagePort): void;
  want(port: MessagePort, about: string): void;
  /** What is wanted is told in the order of the file, and no later than its writer is answered. */
  tell(writer: MessagePort, group: readonly Write[], outcomes: readonly CarriedOutcome[]): void;
  end(): void;
}

interface Listener {
  readonly wants: Set<string>;
  /** The last write of each operation that they do not want. */
  readonly unwanted: Map<string, ToldWrite>;
  timer: NodeJS.Timeout | undefined;
}

export const everybodyOf = (modules: readonly WriterModule[]): Everybody => {
  const told = new Map(modules.flatMap((module) => Object.entries(module.told ?? {})));
  const listeners = new Map<MessagePort, Listener>();

  const send = (port: MessagePort, listener: Listener, wanted: readonly ToldWrite[]) => {
    clearTimeout(listener.timer);
    listener.timer = undefined;
    const others = [...wanted, ...listener.unwanted.values()];
    listener.unwanted.clear();
    port.postMessage({ others } satisfies FromThread);
  };
  const isWanted = ({ wants }: Listener, { operation, args }: Write): boolean => {
    const abouts = told.get(operation)!(args as never);
    return abouts.length === 0 || abouts.some((about) => wants.has(about));
  };
  const wantedOf = (listener: Listener, writes: readonly ToldWrite[]): ToldWrite[] =>
    writes.filter((write) => {
      const wanted = isWanted(listener, write);
      if (wanted) listener.unwanted.delete(write.operation);
      else listener.unwanted.set(write.operation, { ...write, args: undefined });
      return wanted;
    });
  const toldOf = (group: readonly Write[], outcomes: readonly CarriedOutcome[]): ToldWrite[] => {
    const writes: ToldWrite[] = [];
    const add = ({ operation, args }: Write, { answer }: { readonly answer: unknown }) => {
      if (told.has(operation)) writes.push({ operation, args, answer });
    };
    for (const [n, write] of group.entries()) {
      const outcome = outcomes[n]!;
      if (!('answer' in outcome)) continue;
      add(write, outcome);
      if (outcome.enclosed) add(write.enclosed!, outcome.enclosed);
    }
    return writes;
  };
  return {
    join: (port) => {
      const listener: Listener = { wants: new Set(), unwanted: new Map(), timer: undefined };
      listeners.set(port, listener);
      port.on('close', () => {
        clearTimeout(listener.timer);
        listeners.delete(port);
      });
    },
    want: (port, about) => void listeners.get(port)?.wants.add(about),
    tell: (writer, group, outcomes) => {
      if (listeners.size < 2) return;
      const writes = toldOf(group, outcomes);
      for (const [port, listener] of listeners) {
        if (port === writer) continue;
        const wanted = wantedOf(listener, writes);
        if (wanted.length > 0) send(port, listener, wanted);
        else if (listener.unwanted.size > 0) {
          listener.timer ??= setTimeout(() => send(port, listener, []), unwantedWaitMs);
        }
      }
    },
    end: () => {
      for (const [port, { timer }] of listeners) {
        clearTimeout(timer);
        port.close();
      }
    },
  };
};
