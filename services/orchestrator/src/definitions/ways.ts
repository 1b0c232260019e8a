import type { StepDocument, WorkflowDocument } from './workflow-document.js';

export type Steps = WorkflowDocument['steps'];

/** One way out of a step. */
export interface Way {
  /** A guard as written, or `else`, for a route. */
  readonly outcome: string;
  readonly to: string;
  /** Where the target is written, below the step. */
  readonly place: readonly (string | number)[];
}

/** All ways out of a step, good outcomes first, whatever their order in the file. */
export const waysOut = (step: StepDocument): readonly Way[] => {
  switch (step.kind) {
    case 'end':
      return [];
    case 'route':
      return step.when.map((branch, index) =>
        'if' in branch
          ? { outcome: branch.if, to: branch.to, place: ['when', index, 'to'] }
          : { outcome: 'else', to: branch.else, place: ['when', index, 'else'] },
      );
    default:
      return outcomesInOrder
        .map((outcome) => ({ outcome, to: (step.on as Record<string, string>)[outcome] }))
        .filter((way): way is { outcome: string; to: string } => way.to !== undefined)
        .map((way) => ({ ...way, place: ['on', way.outcome] }));
  }
};

const outcomesInOrder = [
  'done',
  'proposed',
  'released',
  'succeeded',
  'changes-requested',
  'rejected',
  'declined',
  'refused',
  'abstained',
  'timeout',
  'expired',
  'failed',
];

/** The steps that can be reached from some, themselves included, in the order they are met. */
export const reachedFrom = (
  steps: Steps,
  from: readonly string[],
  passes: (name: string) => boolean = () => true,
): ReadonlySet<string> => {
  const reached = new Set(from);
  for (const name of reached) {
    for (const { to } of waysOut(steps[name]!)) if (passes(to)) reached.add(to);
  }
  return reached;
};

/** The steps in the order a reader would tell them: good outcomes first, ends last. */
export const inReadingOrder = (steps: Steps, start: string): readonly string[] => {
  const met = new Set<string>();
  const follow = (name: string): void => {
    if (met.has(name)) return;
    met.add(name);
    for (const { to } of waysOut(steps[name]!)) follow(to);
  };
  follow(start);
  const isEnd = (name: string) => steps[name]!.kind === 'end';
  return [...[...met].filter((name) => !isEnd(name)), ...[...met].filter(isEnd)];
};
