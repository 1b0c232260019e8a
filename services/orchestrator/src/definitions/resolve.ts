import type { Reference } from '@countersign/contracts';
import { digestOf } from '@countersign/trust';
import type { AssistStep, ResolvedDefinition, Step } from '../domain/definition.js';
import {
  escalationShape,
  profileShape,
  queueShape,
  referenceTo,
  unpinned,
  type KeptDocument,
} from './documents.js';
import { durationMs } from './duration.js';
import { inReadingOrder } from './ways.js';
import { workflowShape, type StepDocument, type WorkflowDocument } from './workflow-document.js';

/** Finds a kept document by its digest. */
export type Kept = (digest: string) => KeptDocument | undefined;

/** How long after the release a first call may be made, unless the step says so (decision 15). */
const executableForMsUnlessSaid = 86_400_000;

/**
 * A workflow as a case runs by it, from kept documents alone: what stands on a replica's disk has no
 * part in it.
 * @throws Error when a document is missing, is not what its digest says, or cannot be read
 */
export const resolve = (digest: string, kept: Kept): ResolvedDefinition => {
  const document = find(kept, digest);
  if (document.kind !== 'workflow') {
    throw new Error(`definition ${digest} is a ${document.kind}, not a workflow`);
  }
  const workflow = workflowShape.parse(document.document) as WorkflowDocument;
  const { title, owners, charter, accepts, start, steps } = workflow;
  return {
    reference: referenceTo(document),
    title,
    owners,
    charter,
    input: unpinned(workflow.input),
    accepts,
    start,
    steps: Object.fromEntries(
      inReadingOrder(steps, start).map((name) => [name, resolveStep(steps[name]!, workflow, kept)]),
    ),
  };
};

/**
 * Loads a workflow and all that it refers to, and resolves it.
 * @param load reads one kept document; undefined when there is none
 * @throws Error as `resolve`
 */
export const loadDefinition = async (
  digest: string,
  load: (digest: string) => Promise<KeptDocument | undefined>,
): Promise<ResolvedDefinition> => {
  const loaded = new Map<string, KeptDocument>();
  const wanted = new Set([digest]);
  for (const one of wanted) {
    const document = await load(one);
    if (!document) continue;
    loaded.set(one, document);
    for (const reference of pinsIn(document)) wanted.add(reference.digest);
  }
  return resolve(digest, (one) => loaded.get(one));
};

/** The documents that a kept one names. */
const pinsIn = ({ kind, document }: KeptDocument): readonly Reference[] => {
  if (kind === 'profile') {
    const { read, write } = profileShape.parse(document).tools;
    return [...read, ...write].map(unpinned);
  }
  if (kind !== 'workflow') return [];
  const { input, steps } = workflowShape.parse(document) as WorkflowDocument;
  const written = Object.values(steps).flatMap((step) => {
    if (step.kind === 'agent') return [step.profile];
    return step.kind === 'approval' || step.kind === 'assist' ? [step.queue, step.escalation] : [];
  });
  return [input, ...written].map(unpinned);
};

const resolveStep = (step: StepDocument, { steps }: WorkflowDocument, kept: Kept): Step => {
  switch (step.kind) {
    case 'agent': {
      const { kind, state, reaches, on } = step;
      const deadlineMs = durationMs(step.deadline)!;
      return { kind, state, reaches, profile: unpinned(step.profile), deadlineMs, on };
    }
    case 'route':
      return {
        kind: 'route',
        when: step.when.flatMap((way) => ('if' in way ? [{ guard: way.if, to: way.to }] : [])),
        otherwise: step.when.flatMap((way) => ('else' in way ? [way.else] : []))[0]!,
      };
    case 'approval': {
      const { kind, state, reaches, on, executableFor } = step;
      const executableForMs =
        executableFor === undefined ? executableForMsUnlessSaid : durationMs(executableFor)!;
      return { kind, state, reaches, ...peopleOf(step, kept), executableForMs, on };
    }
    case 'assist': {
      const { kind, state, on } = step;
      const tools = toolsToProposeWith(steps, kept);
      return { kind, state, reaches: step.reaches ?? state, ...peopleOf(step, kept), tools, on };
    }
    case 'execute': {
      const { kind, state, reaches, on } = step;
      return { kind, state, reaches, deadlineMs: durationMs(step.deadline)!, on };
    }
    case 'end':
      return step;
  }
};

const peopleOf = (
  { queue, escalation, need }: Extract<StepDocument, { queue: string }>,
  kept: Kept,
) => {
  const asked = queueShape.parse(find(kept, unpinned(queue).digest).document);
  const { levels } = escalationShape.parse(find(kept, unpinned(escalation).digest).document);
  return {
    queue: { name: asked.queue, owner: asked.owner },
    need,
    expireAfterMs: durationMs(levels[0]!.after)!,
  };
};

/** What a person may propose with is what the workflow's agents may propose with. */
const toolsToProposeWith = (steps: WorkflowDocument['steps'], kept: Kept): AssistStep['tools'] => {
  const tools = new Map<string, Reference>();
  for (const step of Object.values(steps)) {
    if (step.kind !== 'agent') continue;
    const profile = profileShape.parse(find(kept, unpinned(step.profile).digest).document);
    for (const tool of profile.tools.write.map(unpinned)) tools.set(tool.digest, tool);
  }
  return [...tools.values()];
};

const find = (kept: Kept, digest: string): KeptDocument => {
  const document = kept(digest);
  if (!document) throw new Error(`definition ${digest} is not kept in the store`);
  const actual = digestOf(document.document);
  if (actual !== digest) throw new Error(`definition ${digest} was altered: it is ${actual} now`);
  return document;
};
