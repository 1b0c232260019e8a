import type { DefinitionKind, DefinitionStream, Reference } from '@countersign/contracts';
import { digestOf } from '@countersign/trust';
import { z } from 'zod';
import { duration } from './workflow-document.js';

/** A document as it is kept in `definition-{digest}`, for ever. */
export type KeptDocument = DefinitionStream['DefinitionStored'];
/** A name and version, bound to the one document that they will ever mean. */
export type NamedDocument = DefinitionStream['DefinitionNamed'];

const text = z.string().min(1);
const version = z.int().positive();

/** What the engine itself must know of the documents that others own; the rest is theirs. */
export const profileShape = z.looseObject({
  profile: text,
  version,
  /** What a run under it may come to, beside an abstention. */
  produces: z.enum(['result', 'proposal']),
  tools: z.strictObject({ read: z.array(text), write: z.array(text).default([]) }),
  calls: z
    .unknown()
    .refine((calls) => calls === undefined || calls === 1, {
      error: 'a proposal of several calls is not supported yet',
    })
    .optional(),
});
export type ProfileDocument = z.infer<typeof profileShape>;

export const queueShape = z.looseObject({ queue: text, version, owner: text });

const expire = z.strictObject({ after: duration, do: z.literal('expire') });
const laterLevel = z.looseObject({ do: z.string() }).superRefine(({ do: level }, context) => {
  if (level === 'expire') return;
  const message = `escalation level "${level}" is not supported yet: only expire is`;
  context.addIssue({ code: 'custom', path: ['do'], message });
});
export const escalationShape = z.looseObject({
  escalation: text,
  version,
  levels: z.array(laterLevel.pipe(expire)).length(1, 'must be one level, which is expire'),
});

/** Keeps a document under the digest of its canonical form. */
export const keep = (
  kind: DefinitionKind,
  { name, version: of }: { readonly name: string; readonly version: number },
  document: unknown,
): KeptDocument => ({ kind, name, version: of, digest: digestOf(document), document });

export const referenceTo = ({ name, version: of, digest }: KeptDocument): Reference => ({
  name,
  version: of,
  digest,
});

/** How a kept document names another: `classifier@1#9f86…`. */
export const pinned = ({ name, version: of, digest }: Reference): string =>
  `${name}@${of}#${digest}`;

const pin = /^(.+)@([1-9]\d*)#([0-9a-f]{64})$/;

/** The inverse of `pinned`. @throws Error when the text is no pin */
export const unpinned = (written: string): Reference => {
  const found = pin.exec(written);
  if (!found) throw new Error(`"${written}" does not pin a document as name@version#digest`);
  return { name: found[1]!, version: Number(found[2]), digest: found[3]! };
};
