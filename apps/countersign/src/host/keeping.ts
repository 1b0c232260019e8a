import type { Service } from '@countersign/contracts';
import type { Settings } from '../settings.js';
import type { DataFolder } from './data-folder.js';
import type { DownloadNews } from './kept-broker.js';
import { keepProcess, type KeptProcess, type ProcessNews } from './kept-process.js';
import { programOf, type Environment } from './service-environments.js';

export interface ServicesProductOptions {
  readonly settings: Settings;
  /** What happens to broker, store and services, by the name of the part. */
  readonly onNews?: (part: string, news: ProcessNews | DownloadNews) => void;
  /** Settings of single services, e.g. a fault of one of them; asked at each of its starts. */
  readonly environmentOf?: (service: Service) => Environment;
}

/** What is open so far, closed in reverse. */
export type Closing = (() => Promise<void> | void)[];

/** What every part of the product is started with. */
export interface Starting {
  readonly options: ServicesProductOptions;
  readonly folder: DataFolder;
  readonly processes: Map<string, KeptProcess>;
  readonly closing: Closing;
}

const answerMaxMs = 1_000;

export interface Kept {
  /** Folder of its package. */
  readonly program: string;
  readonly orphanedS: number;
  readonly env: () => Environment;
  /** Answers with success when it can work. */
  readonly readyAt: string;
}

/** Starts a process of the product under a name, and keeps it. */
export const keep = (
  { options, processes }: Starting,
  name: string,
  { program, readyAt, ...kept }: Kept,
): KeptProcess => {
  const { onNews = () => undefined } = options;
  const one = keepProcess({
    ...kept,
    name,
    program: [programOf(program)],
    isReady: () => answers(readyAt),
    onNews: (news) => onNews(name, news),
  });
  processes.set(name, one);
  return one;
};

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMaxMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
};
