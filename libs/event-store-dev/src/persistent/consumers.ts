import type { ServiceError } from '@grpc/grpc-js';
import type { Resolved } from '../protocol/recorded-message.js';
import type { Strategy } from './group-settings.js';

/** One event on its way to be acknowledged. */
export interface Item {
  /** By which a consumer acknowledges it. */
  readonly id: string;
  readonly resolved: Resolved;
  /** Where it stands in what the group follows; undefined: it was parked before. */
  readonly place: number | undefined;
  retries: number;
}

export interface Consumer {
  readonly name: string;
  readonly from: string;
  /** How many events it takes before it acknowledges one. */
  readonly slots: number;
  readonly inFlight: Set<string>;
  delivered: number;
  readonly send: (item: Item) => void;
  /** Ends its call. */
  readonly drop: (error: ServiceError) => void;
}

const free = ({ slots, inFlight }: Consumer): boolean => inFlight.size < slots;

/** Who gets the next event; undefined: nobody can take it now. */
export const choosing = (
  strategy: Strategy,
): ((consumers: readonly Consumer[], item: Item) => Consumer | undefined) => {
  if (strategy === 'DispatchToSingle') return (consumers) => consumers.find(free);
  if (strategy === 'Pinned') {
    return (consumers, { resolved }) => {
      const pinned =
        consumers[hashOf((resolved.event ?? resolved.link)!.stream) % consumers.length];
      return pinned && free(pinned) ? pinned : undefined;
    };
  }
  let turn = 0;
  return (consumers) => {
    for (let n = 0; n < consumers.length; n += 1) {
      const next = consumers[(turn + n) % consumers.length]!;
      if (!free(next)) continue;
      turn = (turn + n + 1) % consumers.length;
      return next;
    }
    return undefined;
  };
};

/** The same stream, the same number. */
const hashOf = (stream: string): number => {
  let hash = 0;
  for (let n = 0; n < stream.length; n += 1) hash = (hash * 31 + stream.charCodeAt(n)) >>> 0;
  return hash;
};
