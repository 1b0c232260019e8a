import type { ConfigFile } from '@countersign/configuration';
import type { DefinitionKind } from '@countersign/contracts';
import { find, type Entry } from './catalogue.js';
import { pinned, referenceTo, type ProfileDocument } from './documents.js';
import type { StepDocument, WorkflowDocument } from './workflow-document.js';

/** A document as it will be kept, and what of it could not be found. */
export interface Pinned {
  readonly document: unknown;
  readonly problems: readonly string[];
}

/**
 * Replaces every name of another document by `name@version#digest`, so that the digest of this one
 * covers all that it rests on (decision 16).
 */
export const pinWorkflow = (
  file: ConfigFile<WorkflowDocument>,
  entries: readonly Entry[],
): Pinned => {
  const { pin, problems } = pinning(file, entries);
  const steps = Object.entries(file.value.steps).map(([name, step]) => {
    const at = (key: string) => ['steps', name, key];
    return [name, pinStep(step, (kind, key, written) => pin(kind, at(key), written))];
  });
  const input = pin('schema', ['input'], schemaNameIn(file.value.input));
  return { document: { ...file.value, input, steps: Object.fromEntries(steps) }, problems };
};

/** `schemas/support-ticket.json` is written for readers; the name is what counts. */
const schemaNameIn = (path: string): string =>
  path.replace(/^schemas\//, '').replace(/\.(json|ya?ml)$/, '');

const pinStep = (
  step: StepDocument,
  pin: (kind: DefinitionKind, key: string, written: string) => string,
): unknown => {
  switch (step.kind) {
    case 'agent':
      return { ...step, profile: pin('profile', 'profile', step.profile) };
    case 'approval':
    case 'assist': {
      const queue = pin('queue', 'queue', step.queue);
      return { ...step, queue, escalation: pin('escalation', 'escalation', step.escalation) };
    }
    default:
      return step;
  }
};

/** As `pinWorkflow`. A tool stands under what it does: what writes is no tool to read with. */
export const pinProfile = (
  file: ConfigFile<ProfileDocument>,
  entries: readonly Entry[],
): Pinned => {
  const { pin, problems } = pinning(file, entries);
  const pinAll = (effect: 'read' | 'write') =>
    file.value.tools[effect].map((written, index) => {
      const place = ['tools', effect, index];
      const found = find(entries, 'tool', written);
      if ('kept' in found && effectOf(found) !== effect) {
        problems.push(file.problemAt(place, `"${written}" has the effect ${effectOf(found)}`));
      }
      return pin('tool', place, written);
    });
  const tools = { read: pinAll('read'), write: pinAll('write') };
  return { document: { ...file.value, tools }, problems };
};

const effectOf = ({ kept }: Entry): string => (kept.document as { effect: string }).effect;

const pinning = (file: Pick<ConfigFile<unknown>, 'problemAt'>, entries: readonly Entry[]) => {
  const problems: string[] = [];
  const pin = (kind: DefinitionKind, place: (string | number)[], written: string): string => {
    const found = find(entries, kind, written);
    if ('kept' in found) return pinned(referenceTo(found.kept));
    problems.push(file.problemAt(place, found.problem));
    return written;
  };
  return { pin, problems };
};
