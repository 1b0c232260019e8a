import { ConfigurationError, readConfigFolder } from '@countersign/configuration';
import { toolManifest } from './manifest.js';
import { nameAndVersion, toolFrom, type Tool } from './tool.js';

/**
 * Reads every manifest of a folder (`*.yaml`), in the order of the file names.
 * @throws ConfigurationError all problems of all files at once, each with its file and line
 */
export const loadTools = (folder: string): readonly Tool[] => {
  const files = readConfigFolder(folder, toolManifest);
  const first = new Map<string, string>();
  const problems = files.flatMap(({ path, value, problemAt }) => {
    const name = nameAndVersion({ name: value.tool, version: value.version });
    const other = first.get(name);
    first.set(name, other ?? path);
    return other === undefined ? [] : [problemAt(['tool'], `${name} stands in ${other} as well`)];
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return files.map(({ value }) => toolFrom(value));
};
