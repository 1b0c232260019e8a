import { hash } from 'node:crypto';
import { streams, type DefinitionStream, type Reference } from '@countersign/contracts';
import type { EventStore } from '@countersign/event-store';
import { Unacceptable } from '@countersign/messaging';
import { compileSchema, nameAndVersion, toolFrom, type Tool } from '@countersign/tools';
import { digestOf } from '@countersign/trust';
import { z } from 'zod';
import { capsOf } from '../domain/caps.js';
import type { Profile } from '../domain/profile.js';
import { fixedRules } from '../domain/prompt.js';

/** Profiles and tools by their digests; from the store, never from this machine's disk. */
export interface StoredProfiles {
  /**
   * @throws StoreUnavailable
   * @throws Unacceptable nothing under the digest is that profile, or it cannot be used
   */
  load(reference: Reference): Promise<Profile>;
  /** Undefined when nothing under the digest is that tool. @throws StoreUnavailable */
  tool(reference: Reference): Promise<Tool | undefined>;
}

/** Versions in use at one time; what is pushed out is read again. */
const rememberedMax = 256;

const positive = z.int().positive();
const profileDocument = z.looseObject({
  profile: z.string().min(1),
  version: positive,
  produces: z.enum(['result', 'proposal']),
  system: z.string().min(1),
  tools: z.strictObject({
    read: z.array(z.string()),
    write: z.array(z.string()).default([]),
  }),
  output: z.looseObject({ type: z.literal('object') }).optional(),
  caps: z.strictObject({
    modelCalls: positive,
    toolCalls: z.int().nonnegative(),
    answerBytes: positive,
    tokens: positive,
    wallMs: positive,
  }),
});

export const storedProfiles = (store: EventStore): StoredProfiles => {
  const profiles = new Map<string, Promise<Profile>>();
  const tools = new Map<string, Promise<Tool | undefined>>();
  const tool = (reference: Reference) =>
    remembered(tools, nameOf(reference), () => readTool(store, reference));
  return {
    tool,
    load: (reference) =>
      remembered(profiles, nameOf(reference), () => readProfile(store, tool, reference)),
  };
};

const nameOf = (reference: Reference): string => `${nameAndVersion(reference)}#${reference.digest}`;

/** Immutable, so the oldest may go; an attempt that failed is not kept. */
const remembered = <Value>(
  known: Map<string, Promise<Value>>,
  name: string,
  read: () => Promise<Value>,
): Promise<Value> => {
  const found = known.get(name);
  if (found) return found;
  if (known.size >= rememberedMax) known.delete(known.keys().next().value!);
  const reading = read();
  known.set(name, reading);
  reading.catch(() => known.delete(name));
  return reading;
};

const unusable = (reference: Reference, why: string): Unacceptable =>
  new Unacceptable('profile-unusable', `profile ${nameAndVersion(reference)} ${why}`);

/** The document under a digest, if it is what the digest and the reference say. */
const readDocument = async (
  store: EventStore,
  kind: DefinitionStream['DefinitionStored']['kind'],
  { name, version, digest }: Reference,
): Promise<unknown> => {
  const [stored] = await store.read(streams.definition(digest), { requiresLeader: true, limit: 1 });
  const kept = stored?.data as DefinitionStream['DefinitionStored'] | undefined;
  const isIt = kept?.kind === kind && kept.name === name && kept.version === version;
  return isIt && digestOf(kept.document) === digest ? kept.document : undefined;
};

const readTool = async (store: EventStore, reference: Reference): Promise<Tool | undefined> => {
  const document = await readDocument(store, 'tool', reference);
  return document === undefined ? undefined : toolFrom(document);
};

const readProfile = async (
  store: EventStore,
  toolOf: (reference: Reference) => Promise<Tool | undefined>,
  reference: Reference,
): Promise<Profile> => {
  const document = await readDocument(store, 'profile', reference);
  if (document === undefined) throw unusable(reference, 'is not kept under that digest');
  const read = profileDocument.safeParse(document);
  if (!read.success) throw unusable(reference, 'is no profile');
  const { produces, system: text, tools: named, output, caps } = read.data;
  if (produces === 'result' && !output) throw unusable(reference, 'says no form of its result');
  const toolsOf = (effect: 'read' | 'write') =>
    Promise.all(named[effect].map((pin) => pinnedTool(pin, effect, toolOf, reference)));
  const tools = [...(await toolsOf('read')), ...(await toolsOf('write'))];
  const system = `${text.trimEnd()}\n\n${fixedRules}`;
  const fits = output && compileSchema(output);
  return {
    reference,
    produces,
    system,
    promptSha256: hash('sha256', system),
    tools,
    toolset: tools.map((tool) => nameAndVersion(tool.reference)),
    output: output && fits && { schema: output, fits: (value) => fits(value) === true },
    caps: capsOf(caps),
  };
};

const pinForm = /^(.+)@([1-9]\d*)#([0-9a-f]{64})$/;

/** A tool as the profile pins it; one with another effect than it stands under is refused. */
const pinnedTool = async (
  pin: string,
  effect: 'read' | 'write',
  toolOf: (reference: Reference) => Promise<Tool | undefined>,
  profile: Reference,
): Promise<Tool> => {
  const [, name, version, digest] = pinForm.exec(pin) ?? [];
  if (name === undefined) throw unusable(profile, 'names a tool without its digest');
  const tool = await toolOf({ name, version: Number(version), digest: digest! });
  if (!tool) throw unusable(profile, `names ${name}@${version}, which is not kept`);
  if (tool.effect !== effect) throw unusable(profile, `takes ${name} for a tool to ${effect} with`);
  return tool;
};
