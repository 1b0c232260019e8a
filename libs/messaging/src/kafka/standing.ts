import type { Log } from '@countersign/telemetry';

/** Whether Kafka can be used; for readiness. */
export type KafkaState =
  | { readonly name: 'ready' }
  /** It is tried again, without limit. */
  | { readonly name: 'waiting'; readonly because: string }
  /** A member of a group has ended for good: only a new process helps. */
  | { readonly name: 'lost'; readonly because: string };

/** What the parts of a bus say of themselves. */
export interface Standing {
  readonly state: KafkaState;
  well(part: string): void;
  waiting(part: string, because: string): void;
  lost(part: string, because: string): void;
  /** It has been closed. */
  gone(part: string): void;
}

export const standingOf = (log: Log, onLost: (because: string) => void): Standing => {
  const troubles = new Map<string, string>();
  let lost: string | undefined;
  return {
    get state(): KafkaState {
      if (lost !== undefined) return { name: 'lost', because: lost };
      const [because] = troubles.values();
      return because === undefined ? { name: 'ready' } : { name: 'waiting', because };
    },
    well: (part) => {
      if (troubles.delete(part)) log.info('Kafka can be used', { part });
    },
    waiting: (part, because) => {
      if (!troubles.has(part)) log.warn('waiting for Kafka', { part, cause: because });
      troubles.set(part, `${part}: ${because}`);
    },
    lost: (part, because) => {
      if (lost !== undefined) return;
      lost = `${part}: ${because}`;
      log.error('lost for good, the process must be started again', { part, cause: because });
      onLost(lost);
    },
    gone: (part) => void troubles.delete(part),
  };
};
