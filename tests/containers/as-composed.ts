import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Composed {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A server as docker-compose.yml has it, so that what is tried is what is run. */
export const asComposed = (name: string): Composed => {
  const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
    readonly services: Readonly<Record<string, Composed>>;
  };
  return services[name]!;
};
