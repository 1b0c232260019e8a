import type { Setting } from '@countersign/configuration';
import type { Process } from './processes.js';

type Environment = Readonly<Record<string, string>>;

/** What the image sets for every process; see the Dockerfile. */
export type ImageEnvironment = Environment;

/**
 * What is wrong with the environment that a deployment gives to one of the services: names that its
 * code does not read, values that it would refuse, what it cannot do without, secrets in the open.
 */
export const environmentProblems = (
  { service, settings }: Process,
  given: Environment,
  image: ImageEnvironment,
): readonly string[] => [
  ...Object.keys(given).flatMap((name) => namesNothing(service, settings, name)),
  ...settings.flatMap((setting) => settingProblems(service, setting, given, image)),
];

const namesNothing = (service: string, settings: readonly Setting[], name: string): string[] => {
  const known = settings.some(
    (setting) => setting.name === name || (setting.parse.secret && `${setting.name}_FILE` === name),
  );
  return known ? [] : [`${service}: its code reads no ${name}`];
};

const settingProblems = (
  service: string,
  { name, parse, optional, ...rest }: Setting,
  given: Environment,
  image: ImageEnvironment,
): string[] => {
  if (parse.secret) {
    if (given[name] !== undefined) return [`${service}: ${name} stands in the open`];
    const missing = given[`${name}_FILE`] === undefined && !optional;
    return missing ? [`${service}: ${name}_FILE is missing`] : [];
  }
  const value = given[name];
  if (value === undefined) {
    if (optional || image[name] !== undefined) return [];
    if (rest.default === undefined) return [`${service}: ${name} is missing`];
    return onOneMachine(parse.print(rest.default))
      ? [`${service}: ${name} would be ${parse.print(rest.default)}, which leads nowhere there`]
      : [];
  }
  try {
    parse.parse(value);
    return [];
  } catch (error) {
    return [`${service}: ${name} must be ${(error as Error).message}`];
  }
};

/** Defaults are for processes on one machine and in one folder. */
const onOneMachine = (value: string): boolean => value.includes('127.0.0.1') || /^\.\//.test(value);

/** Paths that the environment names, which must be mounted. */
export const pathsIn = (given: Environment): readonly string[] =>
  Object.entries(given)
    .filter(([name, value]) => /_(FILE|FOLDER)$/.test(name) && value.startsWith('/'))
    .map(([, value]) => value);

export interface Route {
  readonly host: string;
  readonly port: number;
}

/** Where the environment sends its process: hosts and ports; its own issuer's name is no route. */
export const routesIn = (given: Environment): readonly Route[] =>
  Object.entries(given)
    .filter(([name]) => name !== 'TOKEN_ISSUER' && name !== 'LISTEN_HOST')
    .flatMap(([, value]) => {
      const [, host, port] = /^(?:\w+:\/\/)?([a-z][a-z-]*):(\d+)(?:[/?].*)?$/.exec(value) ?? [];
      return host === undefined ? [] : [{ host, port: Number(port) }];
    });
