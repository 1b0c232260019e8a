import { allTopics } from '@countersign/contracts';
import { systemClock } from '@countersign/time';
import type { Settings } from '../settings.js';
import type { Write } from './print.js';

/** `keys`: makes the keys of a deployment, once. */
export const makeDeploymentKeys = async (settings: Settings, write: Write): Promise<void> => {
  const { openDataFolder } = await import('../host/data-folder.js');
  const { makeKeys } = await import('../host/keys.js');
  const folder = openDataFolder(settings.data);
  try {
    const made = await makeKeys(folder, systemClock().now());
    write(made ? `keys were made in ${folder.path}` : `keys are in ${folder.path} already`);
  } finally {
    folder.release();
  }
};

/** `topics create`: makes every topic of a deployment that does not exist yet. */
export const createTopics = async (settings: Settings, write: Write): Promise<void> => {
  const { readSources } = await import('@countersign/intake');
  const { makeTopics } = await import('../host/make-topics.js');
  const names = allTopics(readSources(settings.config).map(({ name }) => name));
  await makeTopics(settings.kafkaBrokers ?? `127.0.0.1:${settings.kafkaPort}`, names);
  write(`${names.length} topics are there`);
};
