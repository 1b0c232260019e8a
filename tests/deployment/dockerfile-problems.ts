import { imageProblems } from './images.js';
import { instructionsOf, listIn, stagesOf, type Instruction, type Stage } from './dockerfile.js';

export interface Surroundings {
  /** Whether a path is in the repository. */
  readonly exists: (path: string) => boolean;
  /** Whether .dockerignore leaves it out. */
  readonly ignored: (path: string) => boolean;
  /** Version of Node that package.json brings. */
  readonly node: string;
  readonly ports: readonly number[];
}

/** Everything that is wrong with a Dockerfile; none when the image would be what it promises. */
export const dockerfileProblems = (text: string, around: Surroundings): readonly string[] => {
  const stages = stagesOf(instructionsOf(text));
  const last = stages.at(-1);
  if (!last) return ['there is no stage'];
  return [
    ...stages.flatMap((stage) => baseProblems(stage, stages, around)),
    ...stages.flatMap(({ instructions }) =>
      instructions.flatMap((one) => copyProblems(one, stages, around)),
    ),
    ...runtimeProblems(last, around),
  ];
};

const baseProblems = ({ from }: Stage, stages: readonly Stage[], { node }: Surroundings) => {
  if (stages.some(({ name }) => name === from)) return [];
  const other = from.startsWith(`node:${node}-`) ? [] : [`${from} is not Node ${node}`];
  return [...imageProblems(from), ...other];
};

const copyProblems = (
  { line, word, flags, rest }: Instruction,
  stages: readonly Stage[],
  { exists, ignored }: Surroundings,
): string[] => {
  if (word === 'ADD') return [`line ${line}: ADD may fetch from elsewhere; COPY`];
  if (word !== 'COPY') return [];
  const from = flags['from'];
  if (from !== undefined) {
    return stages.some(({ name }) => name === from) ? [] : [`line ${line}: no stage ${from}`];
  }
  const sources = rest
    .split(' ')
    .slice(0, -1)
    .map((path) => path.replace(/\/$/, ''));
  return sources.flatMap((path) => {
    if (!exists(path)) return [`line ${line}: there is no ${path}`];
    return ignored(path) ? [`line ${line}: .dockerignore leaves ${path} out`] : [];
  });
};

const runtimeProblems = ({ instructions }: Stage, { ports }: Surroundings): string[] => {
  const restOf = (word: string) => instructions.filter((one) => one.word === word).at(-1)?.rest;
  const problems: string[] = [];
  const user = restOf('USER') ?? 'root';
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user)) problems.push(`runs as ${user}, not as a number`);
  const exposed = (restOf('EXPOSE') ?? '').split(' ').map(Number);
  if (String(exposed) !== String(ports)) problems.push(`exposes ${exposed}, not ${ports}`);
  if (listIn(restOf('ENTRYPOINT') ?? '')?.[0] !== 'node') problems.push('does not start node');
  if (!listIn(restOf('CMD') ?? '')) problems.push('its command is read by a shell');
  const asked = listIn(restOf('HEALTHCHECK') ?? '')?.slice(2) ?? [];
  const wanted = ports.map((port) => `http://127.0.0.1:${port}/livez`);
  if (String(asked) !== String(wanted)) problems.push(`asks ${asked} whether it lives`);
  if (instructions.some(({ word, rest }) => word === 'RUN' && /apt-get|curl|npm/.test(rest))) {
    problems.push('the last stage installs something');
  }
  return problems;
};

/** What the image sets for every process. */
export const environmentOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    stagesOf(instructionsOf(text))
      .at(-1)!
      .instructions.filter(({ word }) => word === 'ENV')
      .flatMap(({ rest }) => rest.split(' ').map((pair) => pair.split('=') as [string, string])),
  );

/** Folders that the image makes for the user it runs as: whose owner an empty volume takes. */
export const foldersOf = (text: string): readonly string[] =>
  stagesOf(instructionsOf(text))
    .at(-1)!
    .instructions.filter(
      ({ word, rest }) => word === 'RUN' && rest.startsWith('install -d -o node'),
    )
    .flatMap(({ rest }) => rest.split(' ').filter((word) => word.startsWith('/')));
