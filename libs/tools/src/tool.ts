import type { Reference } from '@countersign/contracts';
import { digestOf } from '@countersign/trust';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { compileSchema } from './compile-schema.js';
import { stepsOf } from './json-pointer.js';
import { toolManifest, type ToolManifest } from './manifest.js';

/** A path template, taken apart once: texts and the names between them, in turn. */
export interface PathTemplate {
  readonly texts: readonly string[];
  readonly names: readonly string[];
}

/** A tool, ready for use: its manifest, its name for others, and what was compiled from it. */
export interface Tool extends ToolManifest {
  /** Name, version and digest of the manifest's canonical form. */
  readonly reference: Reference;
  /** The manifest as written; what the digest covers. */
  readonly document: ToolManifest;
  readonly compiled: {
    readonly check: ValidateFunction;
    readonly path: PathTemplate;
    readonly witnessPath: PathTemplate | null;
    readonly readbackPath: PathTemplate | null;
    readonly caps: readonly {
      name: string;
      pointer: string;
      steps: readonly string[];
      max: number;
    }[];
  };
}

const templateOf = (path: string): PathTemplate => {
  const parts = path.split(/\{([a-zA-Z]+)\}/);
  return {
    texts: parts.filter((_, n) => n % 2 === 0),
    names: parts.filter((_, n) => n % 2 === 1),
  };
};

/**
 * A tool from its manifest, e.g. as kept in `definition-{digest}`.
 * @throws ZodError when it is no manifest or not a strict one
 */
export const toolFrom = (document: unknown): Tool => {
  const manifest = toolManifest.parse(document);
  const { witness, readback, caps = {} } = manifest;
  return {
    ...manifest,
    document: manifest,
    reference: { name: manifest.tool, version: manifest.version, digest: digestOf(manifest) },
    compiled: {
      check: compileSchema(manifest.arguments),
      path: templateOf(manifest.http.path),
      witnessPath: witness === 'none' ? null : templateOf(witness.path),
      readbackPath: readback ? templateOf(readback.path) : null,
      caps: Object.entries(caps).map(([name, { at, max }]) => ({
        name,
        pointer: at,
        steps: stepsOf(at),
        max,
      })),
    },
  };
};

/** `crm.get-order@1`. */
export const nameAndVersion = ({ name, version }: Pick<Reference, 'name' | 'version'>): string =>
  `${name}@${version}`;
