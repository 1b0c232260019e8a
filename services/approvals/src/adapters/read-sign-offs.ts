import { join } from 'node:path';
import { ConfigurationError, openConfigFile } from '@countersign/configuration';
import { roles, stages } from '@countersign/contracts';
import { loadTools, nameAndVersion } from '@countersign/tools';
import { z } from 'zod';
import type { SignOff } from '../domain/stages.js';

const text = z.string().min(1);
const stagesFile = z.strictObject({
  stages: z.array(
    z.strictObject({
      tool: text,
      version: z.int().positive(),
      stage: z.enum(stages),
      signedOffBy: text,
      role: z.enum(roles),
      reason: text,
    }),
  ),
});

/**
 * How far each tool may go, from `stages.yaml` of the deployment's folder.
 * @throws ConfigurationError every fault at its line, a sign-off for a tool that is not there too
 */
export const readSignOffs = (folder: string): readonly SignOff[] => {
  const { value, problemAt } = openConfigFile(join(folder, 'stages.yaml'), stagesFile);
  const tools = new Set(
    loadTools(join(folder, 'tools')).map(({ reference }) => nameAndVersion(reference)),
  );
  const problems = value.stages.flatMap(({ tool, version }, index) =>
    tools.has(`${tool}@${version}`)
      ? []
      : [
          problemAt(
            ['stages', index, 'tool'],
            `there is no tool ${tool}@${version} (allowed: ${[...tools].join(', ')})`,
          ),
        ],
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  return value.stages;
};
