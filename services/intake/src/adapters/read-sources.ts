import { join } from 'node:path';
import { readConfigFile } from '@countersign/configuration';
import { z } from 'zod';
import type { Source } from './sources.js';

const text = z.string().min(1);
const sourcesFile = z.strictObject({
  sources: z.array(z.strictObject({ name: text, source: text, subject: text })).min(1),
});

/**
 * Who may send events, from `sources.yaml` of the deployment's folder.
 * @throws ConfigurationError every fault at its line
 */
export const readSources = (folder: string): readonly Source[] =>
  readConfigFile(join(folder, 'sources.yaml'), sourcesFile).sources;
