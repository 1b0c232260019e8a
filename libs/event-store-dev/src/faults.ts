import type { ServiceError } from '@grpc/grpc-js';
import { notLeader, unavailable } from './protocol/errors.js';

/** What goes wrong next; counts go down as it happens. */
export interface FaultSettings {
  /** Refuse this many calls (each append of a batch counts) with UNAVAILABLE. */
  unavailable: number;
  /** Answer this many calls with NotLeader, naming this server's own address as the leader. */
  notLeader: number;
  /** Hold this many calls back for `delayMs` before doing anything. */
  delayed: number;
  delayMs: number;
  /** Write this many appends, then fail the call with UNAVAILABLE. */
  acknowledgementsLost: number;
  /** Write this many appends, then never answer. */
  acknowledgementsWithheld: number;
  /** Deliver this many events of subscriptions twice. */
  deliveredTwice: number;
  /** Hold back every call until this is false again. */
  stalled: boolean;
  /** False: repeats under ANY and STREAM_EXISTS are written again. */
  anyCache: boolean;
}

export interface Faults {
  readonly settings: FaultSettings;
  set(changes: Partial<FaultSettings>): void;
  /** Before a call does anything. @throws ServiceError */
  atCall(): Promise<void>;
  /** When a write is durable. @throws ServiceError; may never resolve */
  afterCommit(): Promise<void>;
  /** How often the next event is delivered. */
  deliveries(): number;
  /** Keeps a subscription among those that can be dropped. */
  subscribed(drop: (error: ServiceError) => void): () => void;
  /** How many were dropped. */
  dropSubscriptions(): number;
  readonly subscriptions: number;
}

export const noFaults: FaultSettings = {
  unavailable: 0,
  notLeader: 0,
  delayed: 0,
  delayMs: 0,
  acknowledgementsLost: 0,
  acknowledgementsWithheld: 0,
  deliveredTwice: 0,
  stalled: false,
  anyCache: true,
};

type Count = {
  [Name in keyof FaultSettings]: FaultSettings[Name] extends number ? Name : never;
}[keyof FaultSettings];

/** @param address where clients are sent that are told of another leader */
export const faultInjection = (address: () => { host: string; port: number }): Faults => {
  const settings = { ...noFaults };
  const subscriptions = new Set<(error: ServiceError) => void>();
  let release = Promise.withResolvers<void>();
  const happens = (fault: Count): boolean => {
    if (settings[fault] <= 0) return false;
    settings[fault] -= 1;
    return true;
  };
  return {
    settings,
    set: (changes) => {
      Object.assign(settings, changes);
      if (settings.stalled) return;
      release.resolve();
      release = Promise.withResolvers();
    },
    atCall: async () => {
      while (settings.stalled) await release.promise;
      if (happens('delayed')) await new Promise((resolve) => setTimeout(resolve, settings.delayMs));
      if (happens('unavailable')) throw unavailable('refused on request');
      if (happens('notLeader')) throw notLeader(address().host, address().port);
    },
    afterCommit: async () => {
      if (happens('acknowledgementsWithheld')) await new Promise<never>(() => {});
      if (happens('acknowledgementsLost')) throw unavailable('acknowledgement lost on request');
    },
    deliveries: () => (happens('deliveredTwice') ? 2 : 1),
    subscribed: (drop) => {
      subscriptions.add(drop);
      return () => void subscriptions.delete(drop);
    },
    dropSubscriptions: () => {
      const dropped = [...subscriptions];
      for (const drop of dropped) drop(unavailable('subscription dropped on request'));
      return dropped.length;
    },
    get subscriptions() {
      return subscriptions.size;
    },
  };
};
