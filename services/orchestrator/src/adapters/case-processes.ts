import { streams } from '@countersign/contracts';
import type { Recorded } from '@countersign/decider';
import type { EventStore } from '@countersign/event-store';
import { loadDefinition } from '../definitions/resolve.js';
import type { KeptDocument } from '../definitions/documents.js';
import { caseProcess, type CaseProcess } from '../domain/case-process.js';
import type { ResolvedDefinition } from '../domain/definition.js';
import type { CaseFact } from '../domain/facts.js';

/** The process of each definition, loaded from the store alone, so that replicas cannot differ. */
export interface CaseProcesses {
  /** The process a case runs by: the definition that its first event names. */
  of(history: readonly Recorded<CaseFact>[]): Promise<CaseProcess>;
  /** @throws Error when the definition is not kept or not readable */
  definition(digest: string): Promise<ResolvedDefinition>;
  /** The definition that takes new cases of a CloudEvents type. */
  forEventType(eventType: string): CaseProcess | undefined;
}

interface Loaded {
  readonly definition: ResolvedDefinition;
  readonly process: CaseProcess;
}

/** @param active definitions that take new cases */
export const caseProcesses = (
  store: EventStore,
  active: readonly ResolvedDefinition[],
): CaseProcesses => {
  // Grows by one a definition version, which people write: no bound is needed.
  const loaded = new Map<string, Promise<Loaded>>();
  const byEventType = new Map<string, CaseProcess>();
  const keep = (definition: ResolvedDefinition): Loaded => ({
    definition,
    process: caseProcess(definition),
  });
  for (const definition of active) {
    const kept = keep(definition);
    loaded.set(definition.reference.digest, Promise.resolve(kept));
    for (const eventType of definition.accepts) byEventType.set(eventType, kept.process);
  }
  const load = (digest: string): Promise<Loaded> => {
    const known = loaded.get(digest);
    if (known) return known;
    const loading = loadDefinition(digest, (one) => readKept(store, one)).then(keep);
    loaded.set(digest, loading);
    // A store that was away must not spoil the definition until the next start.
    loading.catch(() => loaded.delete(digest));
    return loading;
  };
  return {
    of: async (history) => {
      const opened = history[0];
      if (opened) return (await load(opened.data.definition)).process;
      const [anyProcess] = byEventType.values();
      if (!anyProcess) throw new Error('no definition takes new cases');
      return anyProcess;
    },
    definition: async (digest) => (await load(digest)).definition,
    forEventType: (eventType) => byEventType.get(eventType),
  };
};

const readKept = async (store: EventStore, digest: string): Promise<KeptDocument | undefined> => {
  const [stored] = await store.read(streams.definition(digest), { requiresLeader: true, limit: 1 });
  return stored?.data as KeptDocument | undefined;
};
