import type { ConfigFile } from '@countersign/configuration';
import { guardFault } from '../domain/guards.js';
import { checkAuthority } from './check-authority.js';
import { reachedFrom, waysOut } from './ways.js';
import type { StepDocument, WorkflowDocument } from './workflow-document.js';

export type WorkflowFile = ConfigFile<WorkflowDocument>;

/** What is wrong with a workflow whose parts all have the right shape. */
export const checkGraph = (file: WorkflowFile): readonly string[] => {
  const { steps } = file.value;
  const lost = checkTargets(file);
  return [
    ...checkAccepts(file),
    ...lost,
    ...Object.entries(steps).flatMap(([name, step]) => checkStep(file, name, step)),
    // Ways can be followed only where each of them leads somewhere.
    ...(lost.length === 0 ? [...checkReach(file), ...checkAuthority(file)] : []),
  ];
};

const checkTargets = ({ value: { start, steps }, problemAt }: WorkflowFile): string[] =>
  [
    { to: start, place: ['start'] },
    ...Object.entries(steps).flatMap(([name, step]) =>
      waysOut(step).map(({ to, place }) => ({ to, place: ['steps', name, ...place] })),
    ),
  ].flatMap(({ to, place }) =>
    Object.hasOwn(steps, to) ? [] : [problemAt(place, `there is no step "${to}"`)],
  );

const checkAccepts = ({ value: { accepts }, problemAt }: WorkflowFile): string[] =>
  accepts.flatMap((type, index) =>
    accepts.indexOf(type) === index ? [] : [problemAt(['accepts', index], `"${type}" again`)],
  );

const checkStep = (
  { value: { steps }, problemAt }: WorkflowFile,
  name: string,
  step: StepDocument,
): string[] => {
  const problems: string[] = [];
  if (step.kind === 'agent' && step.on.done === undefined && step.on.proposed === undefined) {
    problems.push(problemAt(['steps', name, 'on'], 'says neither "done" nor "proposed"'));
  }
  if (step.kind !== 'route') return problems;
  const otherwise = step.when.findIndex((branch) => 'else' in branch);
  if (otherwise === -1) {
    problems.push(problemAt(['steps', name, 'when'], 'the last branch must be an else'));
  } else if (otherwise < step.when.length - 1) {
    const place = ['steps', name, 'when', otherwise + 1];
    problems.push(problemAt(place, 'nothing after an else can be reached'));
  }
  for (const [index, branch] of step.when.entries()) {
    if (!('if' in branch)) continue;
    const fault = guardFault(branch.if) ?? strangerIn(branch.if, steps);
    if (fault === undefined) continue;
    problems.push(problemAt(['steps', name, 'when', index, 'if'], `guard: ${fault}`));
  }
  return problems;
};

/** A guard over a step that does not exist would silently never hold. */
const strangerIn = (guard: string, steps: WorkflowDocument['steps']): string | undefined => {
  const code = guard.replace(/'(\\.|[^'\\])*'|"(\\.|[^"\\])*"/g, "''");
  const named = [...code.matchAll(/\bdata\s*\.\s*(\w+)/g)].map((found) => found[1]!);
  const stranger = named.find((one) => one !== 'input' && !Object.hasOwn(steps, one));
  if (stranger === undefined) return undefined;
  const known = Object.keys(steps).filter((one) => steps[one]!.kind === 'agent');
  return `there is no step "${stranger}" (allowed after "data.": input, ${known.join(', ')})`;
};

const checkReach = ({ value: { start, steps }, problemAt }: WorkflowFile): string[] => {
  const reached = reachedFrom(steps, [start]);
  const isRoute = (name: string) => steps[name]!.kind === 'route';
  return Object.entries(steps).flatMap(([name, step]) => {
    const place = ['steps', name];
    if (!reached.has(name)) return [problemAt(place, 'no way leads to this step')];
    const beyond = [...reachedFrom(steps, [name])];
    if (!beyond.some((one) => steps[one]!.kind === 'end')) {
      return [problemAt(place, 'no way leads from this step to an end')];
    }
    const next = waysOut(step)
      .map(({ to }) => to)
      .filter(isRoute);
    return isRoute(name) && reachedFrom(steps, next, isRoute).has(name)
      ? [problemAt(place, 'routes in a circle without waiting for anyone')]
      : [];
  });
};
