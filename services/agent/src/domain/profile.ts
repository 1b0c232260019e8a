import type { Reference } from '@countersign/contracts';
import type { Tool } from '@countersign/tools';
import type { Caps } from './caps.js';

/** How a model is to do one kind of step, ready for use. Built from stored documents only. */
export interface Profile {
  readonly reference: Reference;
  /** `result`: the step reads and thinks; `proposal`: it ends in a call of a writing tool. */
  readonly produces: 'result' | 'proposal';
  /** The system message: the profile's text, then the fixed rules. */
  readonly system: string;
  /** Of the system message (hex); names the prompt in every event. */
  readonly promptSha256: string;
  /** Tools that the model is offered; those that write are never called here. */
  readonly tools: readonly Tool[];
  /** Their names and versions. */
  readonly toolset: readonly string[];
  /** What a result must look like; present when the profile produces one. */
  readonly output?: OutputSchema | undefined;
  readonly caps: Caps;
}

export interface OutputSchema {
  readonly schema: Record<string, unknown>;
  readonly fits: (value: unknown) => boolean;
}

/** `ticket-drafter@1`: the name under which the agent acts and signs. */
export const agentName = ({ name, version }: Pick<Reference, 'name' | 'version'>): string =>
  `${name}@${version}`;
