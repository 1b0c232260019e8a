import { join } from 'node:path';
import { readConfigFile } from '@countersign/configuration';
import { roles, stages } from '@countersign/contracts';
import { z } from 'zod';

const text = z.string().min(1);

const sourcesFile = z.strictObject({
  sources: z.array(z.strictObject({ name: text, source: text, subject: text })).min(1),
});
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

/** Who may send events, and how far each tool may go: what the deployment says, not the code. */
export const readDeployment = (folder: string) => ({
  ...readConfigFile(join(folder, 'sources.yaml'), sourcesFile),
  ...readConfigFile(join(folder, 'stages.yaml'), stagesFile),
});
