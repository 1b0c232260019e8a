import { caseStates } from '@countersign/contracts';
import { visitsMaxUnlessSaid } from '../domain/case-process.js';
import { doneBy, type ResolvedDefinition, type Step } from '../domain/definition.js';

/** One way out of a step of a resolved definition. */
export interface Transition {
  readonly from: string;
  /** A guard as written, or `else`, for a route. */
  readonly outcome: string;
  readonly to: string;
}

/** Every transition that a case can take under the definition, but for the engine's own. */
export const transitionsOf = ({ steps }: ResolvedDefinition): readonly Transition[] =>
  Object.entries(steps).flatMap(([from, step]) =>
    outcomesOf(step).map(([outcome, to]) => ({ from, outcome, to })),
  );

const outcomesOf = (step: Step): readonly (readonly [string, string])[] => {
  if (step.kind === 'end') return [];
  if (step.kind !== 'route') {
    const on: Readonly<Record<string, string | undefined>> = step.on;
    return Object.entries(on).flatMap(([outcome, to]) => (to === undefined ? [] : [[outcome, to]]));
  }
  return [...step.when.map(({ guard, to }) => [guard, to] as const), ['else', step.otherwise]];
};

/** States that no step names: the engine sets them, until the next transition. */
export const engineStates = {
  escalated: 'an execution is overdue, or a step was entered too often: a person was called',
  abstained: 'the agent gave the step to a person',
  uncertain: 'nobody knows whether the write happened: a person was asked to find out',
} as const;

/** The whole of docs/case-lifecycle.md: a diagram and its tables for each workflow. */
export const drawLifecycle = (definitions: readonly ResolvedDefinition[]): string =>
  [
    '# The life of a case',
    'Drawn from `config/workflows` by `node tools/draw-lifecycle.js`; a test walks every workflow and ' +
      'fails when this page and what a case can do are not the same. Do not edit it.',
    'Each step is done by a rule (_deterministic_), by a _model_, which only proposes, or by people ' +
      '(_human_). Whatever comes late, twice or from elsewhere moves nothing, and an ended case never ' +
      'moves again.',
    ...definitions.flatMap(drawWorkflow),
    '## States',
    table(
      ['State', 'Set by'],
      caseStates.map((state) => [state, setBy(state, definitions)]),
    ),
    `A step is entered at most ${visitsMaxUnlessSaid} times in a case; ` +
      'then the case is `escalated` and goes to the first ' +
      'assist step, and ends `failed` when that is exhausted too. Deadlines of approvals and assistance ' +
      'only ask for the end of a request; the answer moves the case. The deadline of an execution calls ' +
      'the person on call and moves nothing. While it is `uncertain`, each wait has that deadline for ' +
      'itself: for a person to find out, then for the executor to write it down.',
  ].join('\n\n') + '\n';

const drawWorkflow = (definition: ResolvedDefinition): string[] => [
  `## ${definition.title} (\`${definition.reference.name}\`, version ${definition.reference.version})`,
  ['```mermaid', ...diagramOf(definition), '```'].join('\n'),
  table(
    ['Step', 'Done by', 'Kind', 'Shows', 'Reaches', 'In time', 'Outcomes'],
    Object.entries(definition.steps).map(([name, step]) => [
      name,
      doneBy[step.kind],
      step.kind,
      'state' in step ? step.state : step.kind === 'end' ? step.outcome : '',
      'reaches' in step ? step.reaches : '',
      timeOf(step),
      outcomesOf(step)
        .map(([outcome, to]) => `${code(outcome, step)} → ${to}`)
        .join(', '),
    ]),
  ),
];

const diagramOf = (definition: ResolvedDefinition): string[] => {
  const steps = Object.entries(definition.steps);
  const ofType = (type: string) =>
    steps.filter(([, { kind }]) => doneBy[kind] === type).map(([name]) => idOf(name));
  return [
    'stateDiagram-v2',
    ...['deterministic fill:#e8eef7', 'model fill:#fdf0d5', 'human fill:#dff0e0'].map(
      (style) => `  classDef ${style}`,
    ),
    ...steps.map(([name, step]) => `  state "${labelOf(name, step)}" as ${idOf(name)}`),
    `  [*] --> ${idOf(definition.start)}`,
    ...transitionsOf(definition).map(
      ({ from, outcome, to }) => `  ${idOf(from)} --> ${idOf(to)}: ${escaped(outcome)}`,
    ),
    ...steps.flatMap(([name, { kind }]) => (kind === 'end' ? [`  ${idOf(name)} --> [*]`] : [])),
    ...['deterministic', 'model', 'human'].flatMap((type) =>
      ofType(type).length === 0 ? [] : [`  class ${ofType(type).join(',')} ${type}`],
    ),
  ];
};

const labelOf = (name: string, step: Step): string =>
  'state' in step && step.state !== name ? `${name} (${step.state})` : name;

/** Mermaid's names have no hyphens, and its labels end at a semicolon. */
const idOf = (name: string): string => `s_${name.replaceAll('-', '_')}`;
const escaped = (label: string): string =>
  label.replaceAll('#', '#35;').replaceAll(';', '#59;').replaceAll(':', '#58;');

const code = (outcome: string, { kind }: Step): string =>
  kind === 'route' && outcome !== 'else' ? `\`${outcome}\`` : outcome;

const timeOf = (step: Step): string => {
  if ('deadlineMs' in step) return durationOf(step.deadlineMs);
  return 'expireAfterMs' in step ? `expires after ${durationOf(step.expireAfterMs)}` : '';
};

const units = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

const durationOf = (ms: number): string => {
  const [unit, size] = units.find(([, unitMs]) => ms % unitMs === 0) ?? ['ms', 1];
  return `${ms / size} ${unit}`;
};

const setBy = (state: string, definitions: readonly ResolvedDefinition[]): string => {
  const engine = (engineStates as Readonly<Record<string, string>>)[state];
  if (engine !== undefined) return `the engine: ${engine}`;
  const setters = definitions.flatMap(({ reference, steps }) =>
    Object.entries(steps).flatMap(([name, step]) => {
      const step_ = `${reference.name}/${name}`;
      if (step.kind === 'end') return step.outcome === state ? [`the end \`${step_}\``] : [];
      if (step.kind === 'route') return [];
      if (step.state === state) return [`\`${step_}\`, while open`];
      return step.reaches === state ? [`\`${step_}\`, reached`] : [];
    }),
  );
  return setters.join('; ') || 'no workflow here';
};

/** A Markdown table whose columns line up, as the formatter wants them. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const escapedRows = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) =>
    Math.max(3, ...escapedRows.map((row) => [...row[column]!].length)),
  );
  const line = (cells: readonly string[], pad: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!, pad)).join(' | ')} |`;
  const [first, ...others] = escapedRows.map((row) => line(row, ' '));
  return [
    first,
    line(
      head.map(() => ''),
      '-',
    ),
    ...others,
  ].join('\n');
};
