import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { services } from '@countersign/contracts';
import { createDeploymentKeys, sqliteSubjectKeys } from '@countersign/trust';
import type { DataFolder } from './data-folder.js';
import { demoKeys } from './demo-keys.js';

/**
 * Makes what a deployment signs, seals and calls with, once; what is there is left as it is.
 * @param now ISO instant from which new keys are valid
 * @returns whether signing keys were made
 * @throws DeploymentKeysIncomplete, SubjectKeysMismatch a part is missing
 */
export const makeKeys = async (folder: DataFolder, now: string): Promise<boolean> => {
  const made = await createDeploymentKeys(folder.path, services, now);
  const storeIsEmpty = !existsSync(folder.storeFile);
  await (await sqliteSubjectKeys(folder.subjectKeysFile, folder.storeId, { storeIsEmpty })).close();
  demoKeys(folder.demoFolder);
  return made;
};

/** Where the development store keeps its file. */
export const storeFolder = (folder: DataFolder): string => join(folder.path, 'services', 'store');
