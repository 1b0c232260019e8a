import { z } from 'zod';

/** Names under which a source's topic would be one of our own. */
const takenNames: readonly string[] = ['commands', 'answers', 'dead-letters'];
const form = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Name of a configured source; its topic is `intake.{name}.v1`, so it is a part of a topic's name. */
export const sourceName = z
  .string()
  .regex(form, 'must be 1 to 63 small letters, digits and -, not beginning with -')
  .refine((name) => !takenNames.includes(name), 'is the name of a topic of ours: choose another');

/** Name of the source whose events a topic carries; undefined for every other topic. */
export const upstreamNameOf = (topic: string): string | undefined => {
  const name = /^intake\.([^.]+)\.v1$/.exec(topic)?.[1];
  return name !== undefined && form.test(name) && !takenNames.includes(name) ? name : undefined;
};
