import { existsSync } from 'node:fs';
import { services } from '@countersign/contracts';
import { eventStoreWriter } from '@countersign/event-store';
import {
  joinFile,
  openFile,
  type GroupCommitFile,
  type SharedFile,
} from '@countersign/group-commit';
import { busWriter } from '@countersign/messaging';
import {
  createDeploymentKeys,
  joinSubjectKeys,
  sqliteSubjectKeys,
  type SubjectKeyFile,
} from '@countersign/trust';
import type { DataFolder } from './data-folder.js';

/** What the embedded world rests on: the file of events and messages, and that of subject keys. */
export interface Engine {
  readonly file: GroupCommitFile;
  readonly subjectKeys: SubjectKeyFile;
  close(): Promise<void>;
}

/** The same for one more thread of this process; its ports are to be transferred. */
export interface SharedEngine {
  readonly file: SharedFile;
  readonly subjectKeys: SharedFile;
}

/** Sources, as tests run them, cannot be loaded by a thread: then all of it is in this one. */
export const hasThreads = import.meta.url.endsWith('.js');

/**
 * @param now ISO instant from which new signing keys are valid
 * @throws FileUnusable, SubjectKeysMismatch, DeploymentKeysIncomplete: each says what to do
 */
export const openEngine = async (folder: DataFolder, now: string): Promise<Engine> => {
  const storeIsEmpty = !existsSync(folder.storeFile);
  await createDeploymentKeys(folder.path, services, now);
  const subjectKeys = await sqliteSubjectKeys(folder.subjectKeysFile, folder.storeId, {
    storeIsEmpty,
    thread: hasThreads,
  });
  const file = openFile({
    path: folder.storeFile,
    modules: [eventStoreWriter, busWriter],
    synchronous: 'FULL',
    thread: hasThreads,
  });
  return engineOf(file, subjectKeys);
};

export const share = ({ file, subjectKeys }: Engine): SharedEngine => ({
  file: file.share(),
  subjectKeys: subjectKeys.share(),
});

/** @throws FileUnusable */
export const joinEngine = ({ file, subjectKeys }: SharedEngine): Engine =>
  engineOf(joinFile(file), joinSubjectKeys(subjectKeys));

const engineOf = (file: GroupCommitFile, subjectKeys: SubjectKeyFile): Engine => ({
  file,
  subjectKeys,
  close: async () => {
    await file.close();
    await subjectKeys.close();
  },
});
