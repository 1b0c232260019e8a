import { join } from 'node:path';
import { ConfigurationError, openConfigFile } from '@countersign/configuration';
import { sourceName } from '@countersign/contracts';
import { z } from 'zod';
import type { Source } from './sources.js';

const text = z.string().min(1);
const sourcesFile = z.strictObject({
  sources: z.array(z.strictObject({ name: sourceName, source: text, subject: text })).min(1),
});

/**
 * Who may send events, from `sources.yaml` of the deployment's folder.
 * @throws ConfigurationError every fault at its line; a name or source that comes twice too
 */
export const readSources = (folder: string): readonly Source[] => {
  const { value, problemAt } = openConfigFile(join(folder, 'sources.yaml'), sourcesFile);
  const problems = (['name', 'source'] as const).flatMap((field) =>
    value.sources.flatMap((one, index) => {
      const first = value.sources.findIndex((other) => other[field] === one[field]);
      if (first === index) return [];
      return [problemAt(['sources', index, field], `${one[field]} is bound already`)];
    }),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  return value.sources;
};
