import { startKafka, type Kafka } from '@countersign/kafka-dev';
import type { ProcessNews } from './kept-process.js';

export interface KeptBroker {
  readonly kafka: Kafka;
  /** Ends it in order; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface DownloadNews {
  readonly kind: 'download';
  readonly files: number;
  readonly filesExpected: number;
  readonly megabytes: number;
}

const pauseMs = 500;

/**
 * Starts a broker of our own and keeps it running.
 * @throws KafkaCannotStart one line that says what is missing, and the way out
 */
export const keepBroker = async (
  folder: string,
  port: number,
  onNews: (news: ProcessNews | DownloadNews) => void,
): Promise<KeptBroker> => {
  const startedAt = performance.now();
  let stopping = false;
  let pausing: NodeJS.Timeout | undefined;
  let starting: Promise<void> | undefined;
  const again = (how: string) => {
    if (stopping) return;
    onNews({ kind: 'ended', how, againInMs: pauseMs });
    pausing = setTimeout(() => {
      const begun = performance.now();
      starting = kafka
        .start()
        .then(() => onNews({ kind: 'up', afterMs: performance.now() - begun }))
        .catch((error: unknown) => again((error as Error).message));
    }, pauseMs);
  };
  const kafka = await startKafka({
    folder,
    port,
    onProgress: (progress) => onNews({ kind: 'download', ...progress }),
    onEnded: () => again('by itself'),
  });
  onNews({ kind: 'up', afterMs: performance.now() - startedAt });
  return {
    kafka,
    stop: async () => {
      stopping = true;
      clearTimeout(pausing);
      // One that is on its way up cannot be stopped yet, and nobody would stop it later.
      await starting;
      await kafka.stop();
    },
  };
};
