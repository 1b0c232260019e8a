import { streams, type DefinitionStream, type Reference } from '@countersign/contracts';
import { toolFrom, type Tool } from './tool.js';

/** What of an event store it takes to read a definition. */
export interface DefinitionReader {
  read(
    stream: string,
    options: { readonly requiresLeader: true; readonly limit: 1 },
  ): Promise<readonly { readonly data: unknown }[]>;
}

/** Manifests by the digest that was approved; from the store, never from this machine's disk. */
export interface StoredTools {
  /** Undefined when nothing under the digest is that tool. @throws StoreUnavailable */
  find(reference: Reference): Promise<Tool | undefined>;
}

/** Versions of tools that are in use at one time; more would be read again. */
const rememberedMax = 256;

export const storedTools = (store: DefinitionReader): StoredTools => {
  const known = new Map<string, Tool>();
  const readAndRemember = async (digest: string): Promise<Tool | undefined> => {
    const tool = await read(store, digest);
    if (!tool) return undefined;
    if (known.size >= rememberedMax) known.delete(known.keys().next().value!);
    known.set(digest, tool);
    return tool;
  };
  return {
    find: async (reference) => {
      const tool = known.get(reference.digest) ?? (await readAndRemember(reference.digest));
      if (!tool) return undefined;
      const { name, version, digest } = tool.reference;
      const asked = name === reference.name && version === reference.version;
      return asked && digest === reference.digest ? tool : undefined;
    },
  };
};

const read = async (store: DefinitionReader, digest: string): Promise<Tool | undefined> => {
  const stored = await store.read(streams.definition(digest), { requiresLeader: true, limit: 1 });
  const definition = stored[0]?.data as DefinitionStream['DefinitionStored'] | undefined;
  if (definition?.kind !== 'tool') return undefined;
  try {
    // The digest of the tool is recomputed from the document: `find` compares it.
    return toolFrom(definition.document);
  } catch {
    return undefined;
  }
};
