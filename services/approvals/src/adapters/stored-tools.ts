import { streams, type DefinitionStream, type Reference } from '@countersign/contracts';
import type { EventStore } from '@countersign/event-store';
import { toolFrom, type Tool } from '@countersign/tools';

/** Manifests by the digest that a proposal names; from the store, never from this machine's disk. */
export interface StoredTools {
  /** Undefined when nothing under the digest is that tool. @throws StoreUnavailable */
  find(reference: Reference): Promise<Tool | undefined>;
}

/** Versions of tools in use at one time; more would be read again. */
const rememberedMax = 256;

export const storedTools = (store: EventStore): StoredTools => {
  const known = new Map<string, Tool>();
  return {
    find: async ({ name, version, digest }) => {
      const tool = known.get(digest) ?? (await readTool(store, digest));
      if (!tool || tool.reference.digest !== digest) return undefined;
      if (known.size >= rememberedMax) known.delete(known.keys().next().value!);
      known.set(digest, tool);
      return tool.tool === name && tool.version === version ? tool : undefined;
    },
  };
};

const readTool = async (store: EventStore, digest: string): Promise<Tool | undefined> => {
  const [stored] = await store.read(streams.definition(digest), { requiresLeader: true, limit: 1 });
  const definition = stored?.data as DefinitionStream['DefinitionStored'] | undefined;
  if (definition?.kind !== 'tool') return undefined;
  try {
    return toolFrom(definition.document);
  } catch {
    // A manifest of a later release may say what this one cannot read: then nobody uses it here.
    return undefined;
  }
};
